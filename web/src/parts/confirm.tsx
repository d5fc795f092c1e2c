import { useCallback, useId, useState } from 'react';
import { Text } from '../blocks/blocks.tsx';
import type { ConfirmDialog } from '../blocks/schema.ts';
import { useModalDialog } from './use-modal-dialog.ts';

type Asked = { dialog: ConfirmDialog; answer(isYes: boolean): void };

/** Asks before something counts. @returns how to ask, and the dialog while somebody is asked */
export function useConfirm() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const confirm = useCallback(
    (dialog: ConfirmDialog): Promise<boolean> =>
      new Promise((done) => {
        setAsked({
          dialog,
          answer: (isYes) => {
            setAsked(null);
            done(isYes);
          },
        });
      }),
    [],
  );
  return { confirm, dialog: asked === null ? null : <Confirm asked={asked} /> };
}

function Confirm({ asked: { dialog, answer } }: { asked: Asked }) {
  const id = useId();
  const ref = useModalDialog(() => answer(false));
  return (
    <dialog
      ref={ref}
      className="dialog dialog-small"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
    >
      <h2 id={`${id}-title`} className="dialog-title">
        {dialog.title?.text ?? 'Are you sure?'}
      </h2>
      <div id={`${id}-text`} className="dialog-body">
        <Text text={dialog.text} />
      </div>
      <div className="dialog-actions">
        <button type="button" className="button button-plain" onClick={() => answer(false)}>
          {dialog.deny?.text ?? 'Cancel'}
        </button>
        <button
          type="button"
          className={`button button-${dialog.style === 'danger' ? 'danger' : 'primary'} button-solid`}
          onClick={() => answer(true)}
        >
          {dialog.confirm?.text ?? 'Yes'}
        </button>
      </div>
    </dialog>
  );
}
