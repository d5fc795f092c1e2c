import { stripVTControlCharacters } from 'node:util';
import { cleanText, fenced } from '../../domain/outside-text.ts';
import { classifyFailure, type FailureClass, failureAdvice } from '../../domain/script-failure.ts';
import { bounded, cell, headOf, joined, section, tailOf } from './bounded.ts';
import { versionNotesFor } from './version-notes.ts';

const shownCharacters = 2_500;
const longestTraceback = 2_500;

/**
 * How a script failed: the host's sentence, the class of the fault with what helps against it, the last traceback, and
 * both ends of the output without colours and progress bars.
 * @param found the class, where somebody already said it
 */
export function execFeedback(
  failure: { reason: string; output: string },
  script: string,
  found: FailureClass = classifyFailure(failure),
): string {
  const output = cleanOutput(failure.output);
  const traceback = lastTraceback(output);
  const notes = versionNotesFor(`${failure.reason}\n${output}`, found === 'api_drift' ? script : '');
  return section(
    'How it failed',
    joined(
      `Class: ${found}. ${failureAdvice[found]}`,
      fenced(
        'what the host and the script said',
        [
          cell(failure.reason, 1_000),
          traceback === '' ? '' : `Last traceback:\n${traceback}`,
          output === '' ? 'No output.' : `Output:\n${headAndTail(output)}`,
        ]
          .filter((part) => part !== '')
          .join('\n'),
      ),
      notes.length === 0
        ? ''
        : `Version notes that may be meant:\n${notes.map((note) => `- ${note}`).join('\n')}`,
    ),
  );
}

/** Output as a person would see it in the end: no colours, and of a line that was overwritten only its last state. */
export function cleanOutput(output: string): string {
  const lines = stripVTControlCharacters(output.replaceAll('\r\n', '\n'))
    .split('\n')
    .map((line) => line.slice(line.trimEnd().lastIndexOf('\r') + 1))
    .filter((line) => !isProgress(line));
  return cleanText(lines.join('\n'), 200_000);
}

/** Bars, and the lines that are for the runner. */
function isProgress(line: string): boolean {
  return (
    line.startsWith('::progress ') ||
    /\d+%\|[^|]*\|\s*\d+\/\d+/.test(line) ||
    /^[\s\d%|█▏▎▍▌▋▊▉=>.[\]/-]{12,}$/.test(line)
  );
}

function lastTraceback(output: string): string {
  const start = output.lastIndexOf('Traceback (most recent call last):');
  if (start === -1) return '';
  const traceback = output.slice(start);
  if (traceback.length <= longestTraceback) return traceback;
  return `${headOf(traceback, 400)}\n…\n${tailOf(traceback, longestTraceback - 400)}`;
}

/** The first and the last 2,500 characters. Source: AIDE's execution feedback. */
export function headAndTail(output: string): string {
  if (output.length <= 2 * shownCharacters) return output;
  return `${bounded(output, shownCharacters)}\n…\n${tailOf(output, shownCharacters)}`;
}
