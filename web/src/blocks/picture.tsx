import { useState } from 'react';
import { useSurface } from './surface.ts';

type PictureProps = {
  picture: { alt_text: string; slack_file?: { id: string } | undefined };
  title: string | null;
  isSmall?: boolean;
};

/** A picture of the workspace; one from elsewhere is not loaded, only its words are shown. */
export function Picture({ picture, title, isSmall = false }: PictureProps) {
  const { enlarge } = useSurface();
  const [isBroken, setBroken] = useState(false);
  const id = picture.slack_file?.id;
  const alt = picture.alt_text;
  if (id === undefined || isBroken) return <p className="picture-words">{alt}</p>;
  const src = `/files/${encodeURIComponent(id)}`;
  const image = <img src={src} alt={alt} onError={() => setBroken(true)} />;
  if (isSmall) return <span className="picture-small">{image}</span>;
  return (
    <figure className="picture">
      {title === null ? null : <figcaption>{title}</figcaption>}
      <button
        type="button"
        className="picture-button"
        aria-label={`Enlarge: ${alt}`}
        onClick={() => enlarge({ src, alt })}
      >
        {image}
      </button>
    </figure>
  );
}
