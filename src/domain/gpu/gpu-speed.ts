/** Single-precision TFLOPS and memory bandwidth in GB/s. Source: the makers' data sheets; matrix units left out. */
const dataSheets: Readonly<Record<string, readonly [teraflops: number, bandwidth: number]>> = {
  '1050 ti': [2.1, 112],
  '1060': [4.4, 192],
  '1070': [6.5, 256],
  '1070 ti': [8.2, 256],
  '1080': [8.9, 320],
  '1080 ti': [11.3, 484],
  '1650': [3.0, 128],
  '1660': [5.0, 192],
  '1660 super': [5.0, 336],
  '1660 ti': [5.4, 288],
  '2060': [6.5, 336],
  '2070': [7.5, 448],
  '2080': [10.1, 448],
  '2080 ti': [13.4, 616],
  '3050': [9.1, 224],
  '3060': [12.7, 360],
  '3060 ti': [16.2, 448],
  '3070': [20.3, 448],
  '3070 ti': [21.7, 608],
  '3080': [29.8, 760],
  '3080 ti': [34.1, 912],
  '3090': [35.6, 936],
  '3090 ti': [40.0, 1_008],
  '4060': [15.1, 272],
  '4060 ti': [22.1, 288],
  '4070': [29.1, 504],
  '4070 ti': [40.1, 504],
  '4080': [48.7, 717],
  '4090': [82.6, 1_008],
  '5060': [19.2, 448],
  '5060 ti': [23.7, 448],
  '5070': [30.9, 672],
  '5070 ti': [43.9, 896],
  '5080': [56.3, 960],
  '5090': [104.8, 1_792],
  // The oldest of several cards with this number.
  '6000': [16.3, 672],
  a2000: [8.0, 288],
  a4000: [19.2, 448],
  a5000: [27.8, 768],
  a6000: [38.7, 768],
  a10: [31.2, 600],
  a40: [37.4, 696],
  a100: [78.0, 1_555],
  h100: [204.0, 3_350],
  h200: [204.0, 4_800],
  l4: [30.3, 300],
  l40: [90.5, 864],
  l40s: [91.6, 864],
  t4: [8.1, 320],
  v100: [31.4, 900],
  p100: [9.5, 732],
};
const reference = { teraflops: 35.6, bandwidth: 936 };
/** A card in a laptop is clocked lower and has less memory bandwidth than its namesake. */
const laptopShare = 0.55;
/** A card that nobody has written down is taken for a slow one: its promise is believed late, not early. */
const unknownSpeed = 0.25;

/**
 * How fast a card trains networks, an RTX 3090 being 1: the geometric mean of its arithmetic and its memory, since
 * training is bound by the one or the other.
 * @param name as vendors write it, e.g. `RTX 3060 (12 GB)`, `NVIDIA GeForce RTX 3090`, `RTX 5090 Laptop (24 GB)`
 */
export function gpuSpeed(name: string): number {
  const found = sheetOf(name);
  if (found === null) return unknownSpeed;
  const [teraflops, bandwidth] = found;
  const speed = Math.sqrt((teraflops / reference.teraflops) * (bandwidth / reference.bandwidth));
  return /\b(laptop|mobile|max-q)\b/i.test(name) ? speed * laptopShare : speed;
}

/** False where the speed is only assumed. */
export function isKnownGpu(name: string): boolean {
  return sheetOf(name) !== null;
}

function sheetOf(name: string): readonly [number, number] | null {
  const words = name.toLowerCase().replaceAll(/\(.*?\)/g, ' ');
  const model = /\b((?:[ahlptv]\d{1,4}s?)|(?:\d{4}))\b(?:\s*(ti|super)\b)?/.exec(words);
  const [, base = '', suffix] = model ?? [];
  if (base === '') return null;
  const exact = suffix === undefined ? undefined : dataSheets[`${base} ${suffix}`];
  return exact ?? dataSheets[base] ?? null;
}

/** One core of a server's processor against that card, on what both can do. */
const coreSpeed = 0.01;

/**
 * How fast a machine is at a job, the reference card being 1.
 * @param usesGpu the job is faster on a card; otherwise only the cores count
 */
export function machineSpeed(
  machine: { gpu: { name: string } | null; cpuCores: number },
  usesGpu: boolean,
): number {
  const cores = Math.max(1, machine.cpuCores) * coreSpeed;
  return usesGpu && machine.gpu !== null ? Math.max(gpuSpeed(machine.gpu.name), cores) : cores;
}
