/** Numbers for people. The same input gives the same text on every machine. */

/** No line break between a number and its unit. */
const GAP = '\u00a0';

/** 3612672 -> 3,612,672; halves of block RAMs keep their .5. */
export function count(value: number): string {
  const [whole, fraction] = String(Math.round(value * 10) / 10).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** 3612672 -> 3.61 M */
export function short(value: number): string {
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e4]] as const) {
    if (value >= size) return `${significant(value / (unit === 'k' ? 1e3 : size), 3)}${GAP}${unit}`;
  }
  return count(value);
}

/** 0.9861 -> 98.6 %; what is more than nothing is never shown as 0. */
export function percent(rate: number, digits = 1): string {
  const text = (100 * rate).toFixed(digits);
  return rate > 0 && Number(text) === 0 ? `< ${(10 ** -digits).toFixed(digits)}${GAP}%` : `${text}${GAP}%`;
}

/** A figure that is in percent already, with its sign: -3.2 -> −3.2 % */
export function signedPercent(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return `${text === '0.0' ? '±' : value < 0 ? '−' : '+'}${text}${GAP}%`;
}

export function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(decimals).replace('-', '−');
}

export function bits(value: number): string {
  if (value >= 1e6) return `${significant(value / 1e6, 3)}${GAP}Mbit`;
  if (value >= 1e4) return `${significant(value / 1e3, 3)}${GAP}kbit`;
  return `${count(value)}${GAP}bit`;
}

export function decibel(value: number): string {
  return `${value.toFixed(1)}${GAP}dB`;
}

export function nanoseconds(value: number): string {
  return `${value.toFixed(2)}${GAP}ns`;
}

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)}${GAP}ms`;
  return value < 100 ? `${value.toFixed(1)}${GAP}s` : `${Math.round(value)}${GAP}s`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
