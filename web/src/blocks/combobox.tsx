import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Option } from './schema.ts';
import { stepped } from './stepped.ts';

/** While somebody types on, the app is not asked for each letter. */
const pauseMs = 150;

type ComboboxProps = {
  shared: {
    id: string;
    'aria-invalid': boolean;
    'aria-required': boolean;
    'aria-describedby': string | undefined;
  };
  placeholder: string;
  chosen: Option | null;
  minLength: number;
  search(typed: string): Promise<readonly { text: string; value: string }[]>;
  onChoose(option: Option | null): void;
};

type Found = readonly { text: string; value: string }[];

/** A field whose options the app finds while somebody types; a combobox by the pattern of WAI-ARIA. */
export function Combobox({ shared, placeholder, chosen, minLength, search, onChoose }: ComboboxProps) {
  const listId = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(-1);
  const found = useFound(typed, minLength, search);
  const isOpen = typed !== null && found !== null;
  const choose = (index: number): void => {
    const one = found?.[index];
    if (one === undefined) return;
    onChoose({ text: { type: 'plain_text', text: one.text }, value: one.value });
    setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (typed === null) setTyped('');
      const count = typed === null ? 0 : (found?.length ?? 0);
      if (count > 0) setAt(stepped(at, event.key === 'ArrowDown' ? 1 : -1, count));
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault();
      choose(Math.max(0, at));
    } else if (event.key === 'Escape' && typed !== null) {
      // The form behind it stays open.
      event.preventDefault();
      event.stopPropagation();
      setTyped(null);
    }
  };
  const { 'aria-describedby': describedBy, ...rest } = shared;
  return (
    <div className="combobox">
      <input
        {...rest}
        {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
        className="input"
        role="combobox"
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && at >= 0 ? `${listId}-${at}` : ''}
        placeholder={placeholder}
        value={typed ?? chosen?.text.text ?? ''}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onClick={() => setTyped((now) => now ?? '')}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setAt(-1);
          if (chosen !== null) onChoose(null);
        }}
        onBlur={() => setTyped(null)}
        onKeyDown={onKeyDown}
      />
      <FoundList id={listId} found={isOpen ? found : null} at={at} onChoose={choose} />
    </div>
  );
}

function FoundList({
  id,
  found,
  at,
  onChoose,
}: {
  id: string;
  found: Found | null;
  at: number;
  onChoose(index: number): void;
}) {
  return (
    <div id={id} role="listbox" aria-label="Found" className="combobox-list" hidden={found === null}>
      {found?.length === 0 ? <p className="combobox-none">Nothing found</p> : null}
      {found?.map(({ text, value }, index) => (
        // The focus stays in the field; keys move there.
        <div
          key={value}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          className="combobox-option"
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(index);
          }}
        >
          {text}
        </div>
      ))}
    </div>
  );
}

/** @returns null while nothing is asked, or not yet answered the first time */
function useFound(typed: string | null, minLength: number, search: ComboboxProps['search']): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const latest = useRef(search);
  latest.current = search;
  useEffect(() => {
    if (typed === null || typed.length < minLength) return setFound(null);
    let isStale = false;
    const timer = window.setTimeout(() => {
      latest.current(typed).then(
        (options) => !isStale && setFound(options),
        () => !isStale && setFound([]),
      );
    }, pauseMs);
    return () => {
      isStale = true;
      window.clearTimeout(timer);
    };
  }, [typed, minLength]);
  return found;
}
