const levelWords: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

const unsaid = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'v']);
const longestValue = 120;

/** One log line as people read it: `14:31:02 warn  message  name=value`. No stacks. */
export function readableLine(json: string): string {
  const fields = parse(json);
  if (fields === null) return json;
  const time = typeof fields.time === 'number' ? new Date(fields.time) : new Date(String(fields.time));
  const clock = Number.isNaN(time.getTime()) ? '--:--:--' : time.toTimeString().slice(0, 8);
  const level = levelWords[Number(fields.level)] ?? 'info';
  const facts = Object.entries(fields)
    .filter(([name]) => !unsaid.has(name))
    .map(([name, value]) => `${name}=${shown(value)}`);
  return [`${clock} ${level.padEnd(5)} ${String(fields.msg ?? '')}`, ...facts].join('  ').concat('\n');
}

function parse(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = (text ?? '').replace(/\s+/g, ' ');
  return line.length > longestValue ? `${line.slice(0, longestValue)}…` : line;
}
