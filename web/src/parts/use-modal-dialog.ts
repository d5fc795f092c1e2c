import { type RefObject, useEffect, useRef } from 'react';

/** A native modal dialog: the rest of the page is inert, and the focus goes back where it was. */
export function useModalDialog(onCancel: () => void): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef(onCancel);
  useEffect(() => {
    cancel.current = onCancel;
  });
  useEffect(() => {
    const shown = dialog.current;
    if (shown === null) return;
    const before = document.activeElement;
    // Whether it closes is decided outside, also after Escape.
    const onEscape = (event: Event): void => {
      event.preventDefault();
      cancel.current();
    };
    shown.addEventListener('cancel', onEscape);
    shown.showModal();
    return () => {
      shown.removeEventListener('cancel', onEscape);
      shown.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return dialog;
}
