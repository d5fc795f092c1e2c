const longestLine = 110;
const longestChunk = 80;

/** Letters, digits, marks of writing and plain spaces stay readable; all else is escaped. */
const readable = /^[\p{L}\p{N}\p{P}\p{S} ]$/u;

export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

/** A text as a Python string literal. */
export function literalString(text: string): string {
  return `"${[...text].map(escapeCharacter).join('')}"`;
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (readable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * Writes a value as Python source, wrapped to lines of at most 110 characters.
 *
 * Any text is safe: quotes, backslashes, line ends, invisible and bidirectional characters are escaped.
 * @param indent columns that the closing bracket stands at
 * @param used columns of the first line that are taken already, such as by `NAME = `
 */
export function pythonLiteral(value: PythonValue, indent = 0, used = indent): string {
  const flat = onOneLine(value);
  if (used + flat.length + 1 <= longestLine) return flat;
  const pad = ' '.repeat(indent + 4);
  const close = ' '.repeat(indent);
  if (typeof value === 'string') {
    const chunks = chunksOf([...value]).map((chunk) => `${pad}${literalString(chunk)}`);
    return `(\n${chunks.join('\n')}\n${close})`;
  }
  if (Array.isArray(value)) {
    const items = value.map((item: PythonValue) => `${pad}${pythonLiteral(item, indent + 4)},`);
    return `[\n${items.join('\n')}\n${close}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => {
      const name = pythonLiteral(key, indent + 4);
      return `${pad}${name}: ${pythonLiteral(item, indent + 4, indent + 6 + lastLineLength(name))},`;
    });
    return `{\n${items.join('\n')}\n${close}}`;
  }
  return flat;
}

function onOneLine(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return literalString(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const items = Object.entries(value).map(([key, item]) => `${literalString(key)}: ${onOneLine(item)}`);
  return `{${items.join(', ')}}`;
}

function chunksOf(characters: readonly string[]): string[] {
  const chunks: string[] = [];
  let chunk = '';
  let length = 0;
  for (const character of characters) {
    const width = escapeCharacter(character).length;
    if (length + width > longestChunk) {
      chunks.push(chunk);
      chunk = '';
      length = 0;
    }
    chunk += character;
    length += width;
  }
  return [...chunks, chunk];
}

function lastLineLength(source: string): number {
  return source.length - (source.lastIndexOf('\n') + 1);
}

/** Words for a docstring: one line, without the characters that could end it or escape anything. */
export function plainWords(text: string): string {
  return [...text]
    .map((character) => (readable.test(character) ? character : ' '))
    .join('')
    .replace(/["\\]/g, "'")
    .replace(/ +/g, ' ')
    .trim();
}

/** Breaks words into lines of at most 100 characters. */
export function wrapWords(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of plainWords(text).split(' ')) {
    for (const part of word.match(/.{1,100}/gsu) ?? []) {
      if (line !== '' && line.length + 1 + part.length > 100) {
        lines.push(line);
        line = part;
      } else {
        line = line === '' ? part : `${line} ${part}`;
      }
    }
  }
  return line === '' ? lines : [...lines, line];
}
