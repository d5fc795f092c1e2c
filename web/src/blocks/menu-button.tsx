import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { placeBeside } from './place-beside.ts';

export type MenuOption = { label: string; value: string; description: string | null; isChosen: boolean };

type MenuButtonProps = {
  label: string;
  /** Three dots instead of the label. */
  isOverflow: boolean;
  isBusy: boolean;
  options: readonly MenuOption[];
  onChoose(value: string): void;
};

/** A menu by the pattern of WAI-ARIA: arrows move, Enter chooses, Escape closes and gives the focus back. */
export function MenuButton({ label, isOverflow, isBusy, options, onChoose }: MenuButtonProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);

  useEffect(() => {
    const opened = menu.current;
    if (opened === null) return;
    const onToggle = (event: ToggleEvent): void => setOpen(event.newState === 'open');
    opened.addEventListener('toggle', onToggle);
    return () => opened.removeEventListener('toggle', onToggle);
  }, []);
  const open = (): void => {
    if (isBusy || menu.current === null || button.current === null) return;
    menu.current.showPopover();
    // The toggle event comes later, and the next key may be faster.
    setOpen(true);
    placeBeside(menu.current, button.current);
    itemsOf(menu.current)[0]?.focus();
  };
  const close = (): void => {
    menu.current?.hidePopover();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={isOverflow ? 'button button-plain button-more' : 'button button-plain'}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-busy={isBusy}
        {...(isOverflow ? { 'aria-label': label } : {})}
        onClick={() => (isOpen ? close() : open())}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          open();
        }}
      >
        {isOverflow ? <Icon name="more" /> : label}
        {isOverflow ? null : <Icon name="down" />}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className="menu"
        onKeyDown={(event) => moveInMenu(event, close)}
      >
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className="menu-item"
            {...(option.isChosen ? { 'aria-current': true } : {})}
            onClick={() => {
              close();
              onChoose(option.value);
            }}
          >
            {option.label}
            {option.description === null ? null : <span className="menu-more">{option.description}</span>}
          </button>
        ))}
      </div>
    </>
  );
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
}

function moveInMenu(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const items = itemsOf(event.currentTarget);
  const at = items.findIndex((item) => item.matches(':focus'));
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const target = targets[event.key];
  if (event.key === 'Escape' || event.key === 'Tab') {
    // The dialog behind it stays open.
    event.stopPropagation();
    if (event.key === 'Escape') event.preventDefault();
    close();
  } else if (target !== undefined) {
    event.preventDefault();
    items[target]?.focus();
  }
}
