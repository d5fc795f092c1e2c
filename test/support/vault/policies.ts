/** The part of Vault's policy language that our policies use, and how Vault reads it. */
export type Rule = { pattern: string; capabilities: readonly string[] };

const block = /^path "([^"]+)" \{\s*capabilities = \[([^\]]*)\]\s*\}/;

/**
 * Reads a policy in HCL: comments, and `path "…" { capabilities = […] }`.
 * @throws Error for anything else: what is not understood here would be read otherwise by Vault
 */
export function parsePolicy(hcl: string): Rule[] {
  const rules: Rule[] = [];
  let rest = hcl.replace(/^\s*#.*$/gm, '').trim();
  while (rest !== '') {
    const match = block.exec(rest);
    if (match === null) throw new Error(`not understood in a policy: ${rest.slice(0, 80)}`);
    const [whole, pattern = '', listed = ''] = match;
    const capabilities = listed
      .split(',')
      .map((word) => word.trim().replace(/^"(.*)"$/, '$1'))
      .filter(Boolean);
    for (const capability of capabilities) {
      if (!known.has(capability)) throw new Error(`Vault knows no capability ${capability}`);
    }
    rules.push({ pattern, capabilities });
    rest = rest.slice(whole.length).trim();
  }
  return rules;
}

const known = new Set(['create', 'read', 'update', 'patch', 'delete', 'list', 'sudo', 'deny']);

/**
 * What a token with these rules may do at a path: an exact rule wins, then the longest with `*` at its end, `+` stands
 * for one segment; of one pattern in several policies all capabilities count, and `deny` wins.
 * Source: Vault's documentation, "Policies", priority matching.
 */
export function capabilitiesAt(rules: readonly Rule[], path: string): string[] {
  const matching = rules.filter(({ pattern }) => matches(pattern, path));
  const best = matching.toSorted((a, b) => rank(b.pattern) - rank(a.pattern))[0]?.pattern;
  const all = matching
    .filter(({ pattern }) => pattern === best)
    .flatMap(({ capabilities }) => [...capabilities]);
  return all.includes('deny') ? [] : [...new Set(all)];
}

function matches(pattern: string, path: string): boolean {
  const isPrefix = pattern.endsWith('*');
  const literal = isPrefix ? pattern.slice(0, -1) : pattern;
  const source = literal
    .split('+')
    .map((part) => part.replace(/[.*?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+');
  return new RegExp(`^${source}${isPrefix ? '' : '$'}`).test(path);
}

/** Exact above prefixes, longer above shorter, without `+` above with. */
function rank(pattern: string): number {
  const wildcard = pattern.search(/[+*]/);
  return wildcard === -1 ? 1_000_000 + pattern.length : wildcard * 10 - (pattern.includes('+') ? 1 : 0);
}
