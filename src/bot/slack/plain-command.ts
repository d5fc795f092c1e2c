/** Text that somebody typed in Slack, as they see it: links, mentions and escaped characters in plain words. */
export function plainCommand(text: string, botUserId: string | null): string {
  const withoutBot =
    botUserId === null
      ? text
      : text
          .replace(new RegExp(`^\\s*<@${botUserId}(?:\\|[^>]*)?>[\\s,:]*`), '')
          .replaceAll(`<@${botUserId}>`, '');
  return withoutBot
    .replace(/<([#@!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_, kind: string, target: string, label?: string) =>
      plainToken(kind, target, label),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

function plainToken(kind: string, target: string, label: string | undefined): string {
  switch (kind) {
    case '':
      // A bare `titanic.com` comes as a link whose label is what was typed.
      return label !== undefined && target.endsWith(label) ? label : target;
    case '#':
      return `#${label ?? target}`;
    case '@':
      return `@${label ?? target}`;
    default:
      return label ?? `@${target.replace(/^subteam\^/, '')}`;
  }
}
