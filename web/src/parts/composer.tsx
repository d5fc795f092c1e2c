import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { CommandHint } from '../../../src/embedded/page/wire.ts';
import { stepped } from '../blocks/stepped.ts';
import { CommandHints, hintsFor } from './command-hints.tsx';
import { Icon } from './icon.tsx';
import { useHistory } from './use-history.ts';

type ComposerProps = {
  label: string;
  placeholder: string;
  hints: readonly CommandHint[];
  /** Said under the field while what is typed cannot be sent here. */
  refusalOf(text: string): string | null;
  /** False: it could not be sent, and stays in the field. */
  onSend(text: string): Promise<boolean>;
};

/** Where people type: Enter sends, Shift+Enter makes a line, arrows choose a command or an earlier line. */
export function Composer(props: ComposerProps) {
  const id = useId();
  const { text, chosen, offered, field, refusal, change, complete, send, onKeyDown } = useComposer(props);
  const isOpen = offered.length > 0;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <CommandHints id={id} hints={offered} chosen={chosen} onChoose={complete} />
      <div className="composer-field">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={props.placeholder}
          role="combobox"
          aria-label={props.label}
          aria-expanded={isOpen}
          aria-controls={`${id}-hints`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && chosen >= 0 ? `${id}-hint-${chosen}` : ''}
          aria-describedby={`${id}-refusal`}
          autoCapitalize="off"
          enterKeyHint="send"
          onChange={({ currentTarget }) => change(currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="button button-primary button-solid button-icon"
          aria-label="Send"
          disabled={text.trim() === ''}
        >
          <Icon name="send" />
        </button>
      </div>
      <p id={`${id}-refusal`} className="composer-refusal" role="status">
        {refusal}
      </p>
    </form>
  );
}

/** What stands in the field, what is offered for it, and what the keys do. */
function useComposer({ hints, refusalOf, onSend }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(-1);
  const [isHidden, setHidden] = useState(false);
  const history = useHistory();
  const offered = isHidden ? [] : hintsFor(hints, text);
  const refusal = refusalOf(text);
  const change = (next: string): void => {
    history.leave();
    setText(next);
    setChosen(-1);
    setHidden(false);
  };
  const complete = (hint: CommandHint): void => {
    change(`${hint.typed} `);
    field.current?.focus();
  };
  const send = async (): Promise<void> => {
    const line = text.trim();
    if (line === '' || refusal !== null) return;
    history.add(line);
    change('');
    if (!(await onSend(line))) setText((now) => (now === '' ? line : now));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also ends the writing of a Japanese word.
    if (event.nativeEvent.isComposing) return;
    const deed = keyDeed(event, { text, offered, chosen, isBrowsing: history.isBrowsing() });
    if (deed === null) return;
    event.preventDefault();
    const hint = offered[Math.max(0, chosen)];
    if (deed === 'send') void send();
    else if (deed === 'hide') setHidden(true);
    else if (deed === 'older' || deed === 'newer') setText(history.move(deed));
    else if (deed === 'complete' && hint !== undefined) complete(hint);
    else setChosen(stepped(chosen, deed === 'next' ? 1 : -1, offered.length));
  };
  useGrowing(field, text);
  return { text, chosen, offered, field, refusal, change, complete, send, onKeyDown };
}

type Keyed = { text: string; offered: readonly CommandHint[]; chosen: number; isBrowsing: boolean };
type KeyDeed = 'send' | 'hide' | 'next' | 'previous' | 'complete' | 'older' | 'newer';

/** @returns null for a key that only types */
function keyDeed(event: KeyboardEvent, { text, offered, chosen, isBrowsing }: Keyed): KeyDeed | null {
  const { key, shiftKey } = event;
  const hasHints = offered.length > 0;
  if (key === 'Enter' && !shiftKey) return hasHints && chosen >= 0 ? 'complete' : 'send';
  if (key === 'Tab' && !shiftKey && hasHints && offered[0]?.typed !== text.trim()) return 'complete';
  if (key === 'Escape' && hasHints) return 'hide';
  if (key === 'ArrowUp') {
    if (isBrowsing || text === '') return 'older';
    return hasHints ? 'previous' : null;
  }
  if (key !== 'ArrowDown') return null;
  if (isBrowsing) return 'newer';
  return hasHints ? 'next' : null;
}

/** The field is as high as its text, up to what the style allows. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useEffect(() => {
    const shown = field.current;
    if (shown === null) return;
    shown.style.height = 'auto';
    shown.style.height = `${shown.scrollHeight}px`;
  }, [field, text]);
}
