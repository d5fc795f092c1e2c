import { useMemo } from 'react';
import { Mrkdwn } from '../mrkdwn/mrkdwn.tsx';
import { InputBlock } from './input-block.tsx';
import { Picture } from './picture.tsx';
import { PressableElement } from './pressable.tsx';
import { RichText } from './rich-text.tsx';
import { type Block, type BlockOf, readBlocks, type TextObject } from './schema.ts';
import { Table } from './table.tsx';

/** Block Kit, as people see it. */
export function Blocks({ blocks }: { blocks: readonly unknown[] }) {
  const read = useMemo(() => readBlocks(blocks), [blocks]);
  return (
    <div className="blocks">
      {read.map((block) => (
        <BlockView key={block.id} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.type) {
    case 'header':
      return <h3 className="block-header">{block.text.text}</h3>;
    case 'section':
      return <Section block={block} />;
    case 'context':
      return <ContextLine block={block} />;
    case 'actions':
      return (
        <div className="block-actions">
          {block.elements.map((element, index) => (
            <PressableElement key={keyOf(element, index)} element={element} />
          ))}
        </div>
      );
    case 'image':
      return <Picture picture={block} title={block.title?.text ?? null} />;
    case 'divider':
      return <hr className="block-divider" />;
    case 'alert':
      return (
        <div className={`block-alert alert-${block.level ?? 'default'}`}>
          <Text text={block.text} />
        </div>
      );
    case 'markdown':
      return <div className="text">{block.text}</div>;
    case 'table':
      return (
        <Table
          rows={block.rows}
          caption={null}
          align={block.column_settings?.map((one) => one?.align) ?? []}
        />
      );
    case 'data_table':
      return <Table rows={block.rows} caption={block.caption} align={[]} />;
    case 'rich_text':
      return <RichText parts={block.elements} />;
    case 'input':
      return <InputBlock block={block} />;
    case 'unknown':
      return <p className="block-unknown">This page does not draw “{block.name}” blocks.</p>;
  }
}

export function Text({ text }: { text: TextObject }) {
  return text.type === 'mrkdwn' ? <Mrkdwn text={text.text} /> : <div className="text">{text.text}</div>;
}

function Section({ block }: { block: BlockOf<'section'> }) {
  return (
    <div className="block-section">
      <div className="section-body">
        {block.text === undefined ? null : <Text text={block.text} />}
        {block.fields === undefined ? null : (
          <div className="section-fields">
            {block.fields.map((field, index) => (
              <div key={index} className="section-field">
                <Text text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {block.accessory === undefined ? null : (
        <div className="section-accessory">
          <PressableElement element={block.accessory} />
        </div>
      )}
    </div>
  );
}

function ContextLine({ block }: { block: BlockOf<'context'> }) {
  return (
    <div className="block-context">
      {block.elements.map((element, index) =>
        element.type === 'image' ? (
          <Picture key={element.alt_text} picture={element} title={null} isSmall />
        ) : (
          <Text key={index} text={element} />
        ),
      )}
    </div>
  );
}

function keyOf(element: { type: string; action_id?: string }, index: number): string {
  return element.action_id === undefined || element.action_id === '' ? `${index}` : element.action_id;
}
