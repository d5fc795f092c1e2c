import { type FormEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { PageView } from '../../../src/embedded/page/wire.ts';
import { Blocks } from '../blocks/blocks.tsx';
import { checkFields, FormContext, initialValue, stateValues, type Touched } from '../blocks/form.ts';
import { readBlocks } from '../blocks/schema.ts';
import { SurfaceContext } from '../blocks/surface.ts';
import { useDeeds } from '../state/deeds.ts';
import { Icon } from './icon.tsx';
import { Toasts } from './toasts.tsx';
import { useModalDialog } from './use-modal-dialog.ts';

/** The topmost of the open modals; what was typed in those below stays. */
export function ModalHost({ views }: { views: readonly PageView[] }) {
  const [touchedByView, setTouched] = useState<Readonly<Record<string, Touched>>>({});
  const top = views.at(-1);
  if (top === undefined) return null;
  return (
    <Modal
      key={top.viewId}
      view={top}
      touched={touchedByView[top.viewId] ?? {}}
      onTouch={(touched) => setTouched({ ...touchedByView, [top.viewId]: touched })}
    />
  );
}

type ModalProps = { view: PageView; touched: Touched; onTouch(touched: Touched): void };

function Modal({ view, touched, onTouch }: ModalProps) {
  const titleId = useId();
  const deeds = useDeeds();
  const close = (): void => void deeds.call('close-view', { viewId: view.viewId });
  const ref = useModalDialog(close);
  const form = useModalForm(view, touched, onTouch);
  const surface = useMemo(() => deeds.surfaceOf({ viewId: view.viewId }), [deeds, view.viewId]);

  // The first thing to fill in, not the button that closes.
  useEffect(() => {
    const first = ref.current?.querySelector<HTMLElement>(
      '.dialog-body :is(input, textarea, select, button)',
    );
    (first ?? ref.current?.querySelector<HTMLElement>('[type=submit]'))?.focus();
  }, [ref]);
  return (
    <dialog ref={ref} className="dialog" aria-labelledby={titleId}>
      <form className="dialog-form" noValidate onSubmit={form.submit}>
        <header className="dialog-head">
          <h2 id={titleId} className="dialog-title">
            {view.title}
          </h2>
          <button
            type="button"
            className="button button-plain button-icon"
            aria-label="Close"
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </header>
        <div className="dialog-body" ref={form.body}>
          <SurfaceContext value={surface}>
            <FormContext value={form.context}>
              <Blocks blocks={view.blocks} />
            </FormContext>
          </SurfaceContext>
        </div>
        {form.trouble === null ? null : (
          <p className="dialog-trouble" role="alert">
            {form.trouble}
          </p>
        )}
        <footer className="dialog-actions">
          <button type="button" className="button button-plain" onClick={close}>
            {view.close?.text ?? 'Close'}
          </button>
          {view.submit === null ? null : (
            <button type="submit" className="button button-primary button-solid" aria-busy={form.isBusy}>
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
      <Toasts />
    </dialog>
  );
}

const troubleText = 'Kaggle Agent did not answer. Your input is still here: try again.';

/** What was typed, what is wrong with it, and its way to the app. */
function useModalForm(view: PageView, touched: Touched, onTouch: ModalProps['onTouch']) {
  const { call } = useDeeds();
  const body = useRef<HTMLDivElement>(null);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>(view.errors);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const blocks = useMemo(() => readBlocks(view.blocks), [view.blocks]);

  useEffect(() => setErrors(view.errors), [view.errors]);
  useEffect(() => {
    if (Object.keys(errors).length === 0) return;
    const wrong = body.current?.querySelector<HTMLElement>(
      '[aria-invalid=true], fieldset:has(.field-error) input',
    );
    wrong?.focus();
  }, [errors]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    const found = checkFields(blocks, touched);
    setErrors(found);
    setTrouble(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    const values = stateValues(blocks, touched);
    const isTaken = await call('submit', { viewId: view.viewId, values });
    setBusy(false);
    if (!isTaken) setTrouble(troubleText);
  };
  const context = {
    valueOf: (blockId: string, field: Parameters<typeof initialValue>[0]) =>
      touched[blockId] ?? initialValue(field),
    change: (blockId: string, value: Touched[string]) => {
      const { [blockId]: _mended, ...others } = errors;
      if (blockId in errors) setErrors(others);
      onTouch({ ...touched, [blockId]: value });
    },
    errors,
  };
  return { body, context, isBusy, trouble, submit: (event: FormEvent) => void submit(event) };
}
