import { escapeHtml, renderPage } from './page.ts';

/** For who comes without the key or the password: a person who typed the address by heart. */
export function refusedPage(message: string): string {
  return renderPage(
    'Kaggle Agent',
    `<h1>This page is closed</h1>\n<p>${escapeHtml(message)}</p>\n<p class="soft">More: docs/how-to/monitoring.md</p>`,
  );
}
