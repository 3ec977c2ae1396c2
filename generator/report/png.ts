/** Small pictures as PNG in a `data:` address, so that a page shows them without further files. Source: PNG specification, third edition, sections 5 and 11. */
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export interface Picture {
  readonly height: number;
  readonly width: number;
  /** (height, width, channels): 0..255; 1 channel is grey, 3 are red, green, blue. */
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** The picture as the address of an `<img>`. */
export function pngAddress(picture: Picture): string {
  return `data:image/png;base64,${encodePng(picture).toString('base64')}`;
}

/** Bytes of a PNG file, 8 bits a sample, without filters. */
export function encodePng({ height, width, channels, data }: Picture): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, channels === 3 ? 2 : 0, 0, 0, 0], 8);
  const row = width * channels;
  const lines = Buffer.alloc(height * (row + 1)); // each line begins with its filter, 0: none
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
