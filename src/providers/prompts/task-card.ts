import { cleanLine, fenced, visibleText } from '../../domain/outside-text.ts';
import { bounded, joined } from './bounded.ts';

export type Page = { title: string; url: string | null; text: string };

const mostCharacters = 24_000;
/** Never cut below this; what is longer is no description of a metric. */
const longestKept = 100_000;
const longestPage = 200_000;
/** What tells how answers are judged and written: cut last, and in practice never. */
const essential = /evaluat|metric|scor(?:e|ing)|submission[ _-]?(?:file|format)|file format/i;
/** Of no use to who models. */
const idle = /^(?:rules|prizes?|timeline|host|sponsor|faq|team|citation|acknowledg|terms|winners?)/i;

type Piece = { page: string; heading: string; text: string; isEssential: boolean };

/**
 * The competition's own pages: evaluation and submission format whole, the rest as far as there is room. Text from
 * outside, so it stands fenced.
 */
export function taskCard(title: string, pages: readonly Page[]): string {
  const pieces = pages.filter((page) => !idle.test(page.title.trim())).flatMap(piecesOf);
  const essentials = pieces.filter(({ isEssential }) => isEssential);
  const kept = bounded(essentials.map(textOf).join('\n\n'), longestKept);
  const others = pieces
    .filter(({ isEssential }) => !isEssential)
    .map(textOf)
    .join('\n\n');
  const room = mostCharacters - kept.length;
  return joined(
    `# The task\n${fenced('title of the competition', cleanLine(title, 200))}`,
    kept === '' ? '' : fenced('pages of the competition: evaluation and submission', kept),
    others === '' || room < 500 ? '' : fenced('pages of the competition: the rest', bounded(others, room)),
  );
}

/** A page by its headings: one page often holds description, evaluation and data together. */
function piecesOf(page: Page): Piece[] {
  const text = visibleText(page.text, longestPage);
  const whole = essential.test(page.title);
  const pieces: Piece[] = [];
  let heading = '';
  let lines: string[] = [];
  const close = () => {
    const body = lines.join('\n').trim();
    if (body !== '' && !idle.test(heading)) {
      pieces.push({ page: page.title, heading, text: body, isEssential: whole || essential.test(heading) });
    }
    lines = [];
  };
  for (const line of text.split('\n')) {
    const found = /^#{1,4}\s+(.{1,120})$/.exec(line)?.[1];
    if (found === undefined) {
      lines.push(line);
      continue;
    }
    close();
    heading = found;
  }
  close();
  return pieces;
}

function textOf({ page, heading, text }: Piece): string {
  const name = [page, heading].filter((part) => part !== '').map((part) => cleanLine(part, 120));
  return `[${name.join(' / ')}]\n${text}`;
}
