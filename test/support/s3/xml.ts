/** An element: its text, or its children by name. Attributes are of no interest to this protocol. */
export type Element = { text: string; children: { name: string; element: Element }[] };

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Reads a small document. @throws when it is not well formed */
export function parseXml(text: string): { name: string; element: Element } {
  const tokens = text.matchAll(/<\?[^>]*\?>|<\/([\w:]+)\s*>|<([\w:]+)([^<>]*?)(\/?)>|([^<]+)/g);
  const root: Element = { text: '', children: [] };
  const open: { name: string; element: Element }[] = [{ name: '', element: root }];
  let read = 0;
  for (const [whole, closed, opened, , isEmpty, words] of tokens) {
    read += whole.length;
    const top = open.at(-1);
    if (top === undefined) throw new Error('an element ends that did not begin');
    if (words !== undefined) {
      top.element.text += words.replaceAll(/&(\w+);/g, (_all, name: string) => entities[name] ?? '?');
    } else if (opened !== undefined) {
      const child = { name: opened, element: { text: '', children: [] } };
      top.element.children.push(child);
      if (isEmpty !== '/') open.push(child);
    } else if (closed !== undefined) {
      if (closed !== top.name) throw new Error(`</${closed}> ends <${top.name}>`);
      open.pop();
    }
  }
  const [first, ...more] = root.children;
  if (read !== text.length || open.length !== 1 || first === undefined || more.length > 0) {
    throw new Error('not a document');
  }
  return first;
}

export function all(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name).map((child) => child.element);
}

/** The text of the one child of this name; null where there is none. */
export function textOf(element: Element, name: string): string | null {
  return all(element, name)[0]?.text ?? null;
}

/** Values as text, lists as repeated elements, null as nothing. */
export type Document = { [name: string]: string | number | boolean | null | Document | Document[] };

export function writeXml(name: string, document: Document): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(name, document)}`;
}

function write(name: string, value: Document[string]): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((one) => write(name, one)).join('');
  const inner =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([key, one]) => write(key, one))
          .join('')
      : String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<${name}>${inner}</${name}>`;
}
