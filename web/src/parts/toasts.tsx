import { useEffect } from 'react';
import type { Toast } from '../state/page-state.ts';
import { useToasts } from '../state/toasts.ts';
import { Icon } from './icon.tsx';

const shownMs = 10_000;

/** What Slack's client calls trouble, in a person's words. */
const sentences: Readonly<Record<string, string>> = {
  operation_timeout: 'Kaggle Agent did not answer in time. Try again in a moment.',
  dispatch_failed: 'Kaggle Agent cannot be reached right now. Try again in a moment.',
  invalid_response: 'Kaggle Agent gave an answer that cannot be shown.',
  not_in_channel: 'Kaggle Agent is not in this channel, so it did not hear that.',
};

/** What went wrong, told once and gone by itself. */
export function Toasts() {
  const { toasts, close } = useToasts();
  return (
    <div className="toasts" role="status" aria-live="assertive">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} onClose={() => close(toast.id)} />
      ))}
    </div>
  );
}

function ToastView({ toast, onClose }: { toast: Toast; onClose(): void }) {
  useEffect(() => {
    const timer = window.setTimeout(onClose, shownMs);
    return () => window.clearTimeout(timer);
  }, [toast.id]);
  return (
    <div className="toast">
      <span>{sentences[toast.text] ?? toast.text}</span>
      <button
        type="button"
        className="button button-plain button-icon"
        aria-label="Dismiss"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
