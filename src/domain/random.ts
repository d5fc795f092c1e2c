/** A stream of numbers in [0, 1), the same for the same seed on every machine. */
export type Random = () => number;

const UINT32_RANGE = 2 ** 32;
const WARM_UP_DRAWS = 12;

/**
 * Mixes a seed of any length into the four words that the generator starts from.
 * Source: cyrb128 by bryc, public domain.
 */
function hashSeed(text: string): [number, number, number, number] {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a];
}

/**
 * Starts a seeded generator. Not for secrets.
 * Source: sfc32 of PractRand (Chris Doty-Humphrey), public domain.
 */
export function createRandom(seed: number | string): Random {
  let [a, b, c, counter] = hashSeed(String(seed));
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / UINT32_RANGE;
  };
  for (let draw = 0; draw < WARM_UP_DRAWS; draw += 1) next();
  return next;
}

/** A shuffled copy: each item gets a random key and the items are sorted by it. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
}
