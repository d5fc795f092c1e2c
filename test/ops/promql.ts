/** Words of the language that our expressions use; another one is a typing error or wants to be added. */
const words = new Set([
  ...['and', 'or', 'unless', 'on', 'by', 'without', 'bool'],
  ...[
    'sum',
    'max',
    'min',
    'count',
    'rate',
    'increase',
    'changes',
    'absent',
    'time',
    'vector',
    'histogram_quantile',
  ],
]);
const groupings = new Set(['by', 'without', 'on']);

const token =
  /\s+|(?<text>"(?:[^"\\]|\\.)*")|(?<duration>\[\d+[smhd]\])|(?<number>\d+(?:\.\d+)?(?:e\d+)?)|(?<name>[A-Za-z_:][\w:]*)|(?<sign>==|!=|>=|<=|=~|!~|[-+*/<>=(){},])/y;

export type Selector = { metric: string; labels: Record<string, string> };

/**
 * The metrics that an expression asks for, and the labels that it names of them and groups by.
 * Throws where the expression is none: unknown signs or words, brackets that do not match.
 */
export function readPromql(expression: string): { selectors: Selector[]; grouped: string[] } {
  const tokens = tokensOf(expression);
  const selectors: Selector[] = [];
  const grouped: string[] = [];
  const open: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const text = tokens[at] ?? '';
    if (text === '(') open.push(')');
    else if (text === '{') throw new Error(`labels of no metric in ${expression}`);
    else if (text === ')' && open.pop() !== text) throw new Error(`brackets in ${expression}`);
    else if (groupings.has(text)) {
      const end = tokens.indexOf(')', at);
      grouped.push(...tokens.slice(at + 2, end).filter((one) => one !== ','));
      at = end;
    } else if (/^[A-Za-z_]/.test(text) && !words.has(text)) {
      const labels = tokens[at + 1] === '{' ? tokens.slice(at + 2, tokens.indexOf('}', at)) : [];
      if (tokens[at + 1] === '{') at += labels.length + 2;
      selectors.push({ metric: text, labels: labelsOf(labels, expression) });
    }
  }
  if (open.length > 0) throw new Error(`brackets in ${expression}`);
  return { selectors, grouped };
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < expression.length) {
    const from = token.lastIndex;
    const match = token.exec(expression);
    if (match === null) throw new Error(`${expression.slice(from)}: not understood`);
    if (match[0].trim() !== '' && match.groups?.duration === undefined) tokens.push(match[0]);
  }
  return tokens;
}

/** `name = "value"` after `name = "value"`. */
function labelsOf(tokens: string[], expression: string): Record<string, string> {
  const parts = tokens.join('').match(/[^,"]+"(?:[^"\\]|\\.)*"/g) ?? [];
  return Object.fromEntries(
    parts.map((part) => {
      const [, label = '', value = ''] = /^(\w+)(?:=|!=|=~|!~)"(.*)"$/.exec(part) ?? [];
      if (label === '') throw new Error(`labels in ${expression}`);
      return [label, value];
    }),
  );
}
