import type { CommandHint } from '../../../src/embedded/page/wire.ts';

const mostHints = 12;

/** Commands that begin with what was typed; once one is whole, that one alone with what may follow. */
export function hintsFor(hints: readonly CommandHint[], text: string): readonly CommandHint[] {
  if (!text.startsWith('/') || text.includes('\n')) return [];
  const typed = text.toLowerCase().replace(/\s+/g, ' ');
  const whole = hints.find((hint) => typed.startsWith(`${hint.typed} `));
  if (whole !== undefined) return [whole];
  return hints.filter((hint) => hint.typed.startsWith(typed.trimEnd())).slice(0, mostHints);
}

type CommandHintsProps = {
  id: string;
  hints: readonly CommandHint[];
  chosen: number;
  onChoose(hint: CommandHint): void;
};

export function CommandHints({ id, hints, chosen, onChoose }: CommandHintsProps) {
  return (
    <div
      id={`${id}-hints`}
      role="listbox"
      aria-label="Commands"
      className="hints"
      hidden={hints.length === 0}
    >
      {hints.map((hint, index) => (
        // The focus stays in the field; keys move there.
        <div
          key={hint.typed}
          id={`${id}-hint-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className="hint"
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(hint);
          }}
        >
          <span className="hint-typed">
            {hint.typed} <span className="hint-usage">{hint.usage}</span>
          </span>
          <span className="hint-summary">{hint.summary}</span>
        </div>
      ))}
    </div>
  );
}
