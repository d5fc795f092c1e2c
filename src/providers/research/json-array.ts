/** Reads the elements of one JSON array while it arrives. */
export type ArrayReader = {
  /**
   * The elements that this piece completes, an object or a list as soon as its last bracket is there. Pieces may end
   * anywhere, in the middle of a character too. A single value instead of an array is its one element.
   * @throws SyntaxError for what is no JSON; RangeError for an element that is too long
   */
  push(piece: Uint8Array): unknown[];
  /** False where the array has not ended: something was lost. */
  isWhole(): boolean;
};

const blank = /\s|\uFEFF/;

/** @param maxCharacters of one element; longer ones are not kept in memory */
export function createArrayReader(maxCharacters: number): ArrayReader {
  const decoder = new TextDecoder();
  let place: 'before' | 'within' | 'after' = 'before';
  let element: Element | null = null;
  let begun = '';

  const outside = (character: string): void => {
    if (blank.test(character)) return;
    if (place === 'before' && character === '[') place = 'within';
    else if (place === 'within' && character === ']') place = 'after';
    else if (place === 'within' && character === ',') return;
    else if (place === 'after') throw new SyntaxError('something follows the end of the array');
    else element = createElement();
  };

  const take = (text: string): unknown[] => {
    const values: unknown[] = [];
    let from = 0;
    const finish = (to: number): void => {
      values.push(JSON.parse(begun + text.slice(from, to)));
      begun = '';
      element = null;
      // one value alone, and no array
      if (place === 'before') place = 'after';
    };
    for (let at = 0; at < text.length; at += 1) {
      const character = text.charAt(at);
      if (element === null) {
        outside(character);
        from = at;
      }
      const end = element?.step(character) ?? 'open';
      if (end === 'open') continue;
      finish(end === 'with' ? at + 1 : at);
      if (end === 'before') outside(character);
    }
    if (element !== null) begun += text.slice(from);
    if (begun.length > maxCharacters) throw new RangeError('one element of the array is too long');
    return values;
  };

  return {
    push: (piece) => take(decoder.decode(piece, { stream: true })),
    isWhole: () => place === 'after' && element === null,
  };
}

/** `with`: this character is its last. `before`: it ended with the one before, as a number does. */
type Element = { step(character: string): 'open' | 'with' | 'before' };

function createElement(): Element {
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  return {
    step(character) {
      if (isText) {
        if (isEscaped) isEscaped = false;
        else if (character === '\\') isEscaped = true;
        else if (character === '"') isText = false;
        return isText || depth > 0 ? 'open' : 'with';
      }
      if (character === '"') isText = true;
      else if (character === '{' || character === '[') depth += 1;
      else if (depth === 0 && (character === ',' || character === ']')) return 'before';
      else if (character === '}' || character === ']') depth -= 1;
      else return 'open';
      return depth === 0 && !isText ? 'with' : 'open';
    },
  };
}
