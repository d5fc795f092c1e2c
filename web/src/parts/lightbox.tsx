import { Icon } from './icon.tsx';
import { useModalDialog } from './use-modal-dialog.ts';

export type Enlarged = { src: string; alt: string };

/** A picture as large as the window allows, with the words that stand for it. */
export function Lightbox({ picture, onClose }: { picture: Enlarged; onClose(): void }) {
  const ref = useModalDialog(onClose);
  return (
    <dialog ref={ref} className="lightbox" aria-label="Picture">
      <button
        type="button"
        className="button button-plain button-icon lightbox-close"
        aria-label="Close"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <figure>
        <img src={picture.src} alt={picture.alt} />
        <figcaption>{picture.alt}</figcaption>
      </figure>
    </dialog>
  );
}
