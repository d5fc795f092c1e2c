import { createHash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dce2, #363c45); --soft: light-dark(#5b6470, #9aa4b1);
  --good: light-dark(#1a7f4b, #4cc38a); --bad: light-dark(#c0352b, #ff8a80); --warn: light-dark(#8a5a00, #e5b567); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 64rem; font: 15px/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #16191d); color: light-dark(#1b1f24, #e6e9ed); }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); } a { color: light-dark(#0b5cad, #7db7ff); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: .85rem; white-space: nowrap; }
.number { text-align: right; } .time { color: var(--soft); white-space: nowrap; } .status { white-space: nowrap; font-weight: 600; }
.healthy { color: var(--good); } .unhealthy { color: var(--bad); }
.degraded, .starting, .unknown, .closed { color: var(--warn); }
@media (max-width: 40rem) {
  .stack, .stack tbody { display: block; } .stack thead { display: none; }
  .stack tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .stack td { display: inline-block; border: 0; padding: 0 .5rem 0 0; } .stack td:last-child { display: block; }
  .stack td:first-child { font-weight: 600; } .stack td:empty { display: none; }
}
`;

/** What the pages may do: show themselves, with this one style. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** @param body HTML, its texts escaped */
export function renderPage(
  title: string,
  body: string,
  { refreshSeconds }: { refreshSeconds?: number } = {},
) {
  const refresh =
    refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}<title>${escapeHtml(title)}</title>
<style>${style}</style>
<body>
${body}
</body>
</html>
`;
}
