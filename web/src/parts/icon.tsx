const paths = {
  hash: 'M6 3 4.5 15M12.5 3 11 15M3 6.5h12M2.5 11.5h12',
  lock: 'M4 8h10v7H4zM6 8V6a3 3 0 0 1 6 0v2',
  app: 'M3 12.5 7 8l3 3 5-6.5',
  menu: 'M2.5 5h13M2.5 9h13M2.5 13h13',
  back: 'M11 3 5 9l6 6',
  close: 'M4 4l10 10M14 4 4 14',
  send: 'M3 9h9M8 4.5 13 9l-5 4.5',
  more: 'M4 9h.01M9 9h.01M14 9h.01',
  down: 'M4.5 7 9 11.5 13.5 7',
  out: 'M7 4H4v10h10v-3M10 4h4v4M14 4 8 10',
  pin: 'M9 2v3M5.5 5h7l-1 4 2 2.5h-9L6.500 9zM9 11.500V16',
  file: 'M4 2h6l4 4v10H4zM10 2v4h4',
  thread: 'M3 4h12v8H8l-3 3v-3H3z',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: the words stand beside it or in the label of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 18 18" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
