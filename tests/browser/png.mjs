// Makes a screenshot small: a page has few colours, so 256 of them do.
import zlib from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS_MAX = 256;

const chunks = function* (png) {
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
};

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(zlib.crc32(body));
  return Buffer.concat([length, body, sum]);
};

/// The pixels behind the five filters of a PNG (W3C PNG, clause 9).
const unfiltered = (raw, height, stride, step) => {
  const pixels = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < step ? 0 : pixels[at - step];
      const up = y === 0 ? 0 : pixels[at - stride];
      const corner = y === 0 || x < step ? 0 : pixels[at - stride - step];
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      pixels[at] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  return pixels;
};

/// A PNG of eight bits a channel with a palette in the place of its colours; the picture is opaque.
export const smaller = (png) => {
  const parts = [...chunks(png)];
  const header = parts[0].data;
  const [width, height, step] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9] === 6 ? 4 : 3];
  const raw = zlib.inflateSync(Buffer.concat(parts.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  const pixels = unfiltered(raw, height, width * step, step);
  // As fine as 256 colours allow.
  for (let bits = 8; bits > 0; bits -= 1) {
    const mask = (0xff << (8 - bits)) & 0xff;
    const palette = new Map();
    const indexed = Buffer.alloc(height * (width + 1));
    for (let at = 0; at < width * height && palette.size <= COLOURS_MAX; at += 1) {
      const [r, g, b] = [pixels[at * step], pixels[at * step + 1], pixels[at * step + 2]];
      const key = ((r & mask) << 16) | ((g & mask) << 8) | (b & mask);
      // The first colour of its kind stands for all of them.
      if (!palette.has(key)) palette.set(key, { index: palette.size, colour: [r, g, b] });
      indexed[at + Math.floor(at / width) + 1] = palette.get(key).index;
    }
    if (palette.size > COLOURS_MAX) continue;
    const head = Buffer.from(header);
    [head[8], head[9]] = [8, 3];
    const colours = Buffer.from([...palette.values()].flatMap(({ colour }) => colour));
    return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', zlib.deflateSync(indexed, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
  }
  return png;
};
