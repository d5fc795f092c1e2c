import { RichText } from './rich-text.tsx';
import type { Cell } from './schema.ts';

type TableProps = {
  rows: readonly (readonly Cell[])[];
  caption: string | null;
  align: readonly (string | undefined)[];
};

/** The first row is the head, and the first column names its row. */
export function Table({ rows, caption, align }: TableProps) {
  const [head = [], ...body] = rows;
  const classOf = (cell: Cell | undefined, column: number): string => {
    const isRight = align[column] === 'right' || (align[column] === undefined && cell?.type === 'raw_number');
    return isRight ? 'cell-right' : align[column] === 'center' ? 'cell-center' : '';
  };
  const sample = body[0] ?? head;
  return (
    // A wide table is scrolled by itself, by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="table-scroll" tabIndex={0} aria-label={caption ?? 'Table'}>
      <table className="table">
        {caption === null ? null : <caption>{caption}</caption>}
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} scope="col" className={classOf(sample[column], column)}>
                <CellText cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => {
                const Tag = column === 0 ? 'th' : 'td';
                return (
                  <Tag
                    key={column}
                    {...(column === 0 ? { scope: 'row' } : {})}
                    className={classOf(cell, column)}
                  >
                    <CellText cell={cell} />
                  </Tag>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CellText({ cell }: { cell: Cell }) {
  return cell.type === 'rich_text' ? <RichText parts={cell.elements} /> : cell.text;
}
