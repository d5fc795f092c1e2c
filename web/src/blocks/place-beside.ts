const gapPx = 4;
const edgePx = 8;

/** Puts an opened popover under its button, or over it where there is more room. */
export function placeBeside(popover: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const hasRoomBelow = box.bottom + gapPx + height <= window.innerHeight - edgePx;
  const top = hasRoomBelow ? box.bottom + gapPx : Math.max(edgePx, box.top - gapPx - height);
  const left = Math.max(edgePx, Math.min(box.left, window.innerWidth - width - edgePx));
  popover.style.top = `${top}px`;
  popover.style.left = `${left}px`;
}
