// Screenshots are text on paper: a palette of 256 colours holds them, in a third of the bytes.

import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS_MAX = 256;

const table = Array.from({ length: 256 }, (_, nth) => {
  let value = nth;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

/** A truecolour PNG of 8 bits without interlacing, as Chromium writes them, with a palette instead. */
export function palette(png) {
  const { width, height, channels, data } = read(png);
  const pixels = unfilter(data, width, height, channels);
  const counts = new Map();
  const keys = new Uint32Array(width * height);
  for (let nth = 0, at = 0; nth < keys.length; nth += 1, at += channels) {
    const key = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    keys[nth] = key;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const kept = [...counts].sort((one, other) => other[1] - one[1] || one[0] - other[0]).slice(0, COLOURS_MAX);
  const colours = kept.map(([key]) => key);
  const index = new Map(colours.map((key, nth) => [key, nth]));
  for (const key of counts.keys()) if (!index.has(key)) index.set(key, nearest(colours, key));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = index.get(keys[y * width + x]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const entries = Buffer.from(colours.flatMap((key) => [key >> 16, (key >> 8) & 0xff, key & 0xff]));
  const body = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", entries), chunk("IDAT", body), chunk("IEND", Buffer.alloc(0))]);
}

function nearest(colours, key) {
  let best = 0;
  let least = Infinity;
  for (const [nth, colour] of colours.entries()) {
    const red = (colour >> 16) - (key >> 16);
    const green = ((colour >> 8) & 0xff) - ((key >> 8) & 0xff);
    const blue = (colour & 0xff) - (key & 0xff);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [nth, distance];
  }
  return best;
}

function read(png) {
  let width = 0;
  let height = 0;
  let channels = 0;
  const parts = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body[8] !== 8 || (body[9] !== 2 && body[9] !== 6) || body[12] !== 0) throw new Error("not a truecolour PNG of 8 bits");
      channels = body[9] === 2 ? 3 : 4;
    } else if (type === "IDAT") parts.push(body);
    at += length + 12;
  }
  return { width, height, channels, data: inflateSync(Buffer.concat(parts)) };
}

function unfilter(data, width, height, channels) {
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x += 1) {
      const left = x >= channels ? pixels[to + x - channels] : 0;
      const up = y > 0 ? pixels[to + x - stride] : 0;
      const corner = x >= channels && y > 0 ? pixels[to + x - stride - channels] : 0;
      const add = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter];
      pixels[to + x] = data[from + x] + add;
    }
  }
  return pixels;
}

function paeth(left, up, corner) {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const framed = Buffer.alloc(body.length + 12);
  framed.writeUInt32BE(body.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), body.length + 8);
  return framed;
}
