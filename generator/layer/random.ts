/** Small seeded pseudo-random generator (mulberry32), so that random layers are the same on every machine. Not for cryptography. */
export class Random {
  private state: number;

  /** Equal seeds give equal sequences; seeds that differ by one give unrelated ones. */
  constructor(seed: number) {
    this.state = mix(mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32));
  }

  /** A 32-bit unsigned integer. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** An integer in low..high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the values, each as likely. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }

  /** A number of roughly Gaussian spread: mean 0, standard deviation 1, within +-6 (twelve uniform numbers). */
  gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.fraction();
    return sum;
  }
}

/** Finalizer of MurmurHash3: spreads neighbouring seeds over all 32 bits. */
function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
