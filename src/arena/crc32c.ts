/** Castagnoli polynomial, reflected. Source: RFC 3720, appendix B.4; Cloud Storage sends it in x-goog-hash. */
const polynomial = 0x82f63b78;

export type Crc32c = { update(bytes: Uint8Array): void; digest(): Buffer };

export function createCrc32c(): Crc32c {
  const table = Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
  let state = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) state = (state >>> 8) ^ (table[(state ^ byte) & 0xff] ?? 0);
    },
    digest() {
      const result = Buffer.alloc(4);
      result.writeUInt32BE((state ^ 0xffffffff) >>> 0);
      return result;
    },
  };
}
