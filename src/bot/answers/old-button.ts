import { aCard, type Card } from '../card.ts';
import { button } from '../cards/buttons.ts';
import { headline, type Scene, typed } from './scene.ts';

/** A button that is not of this version, or not of this installation: what is open now is one press away. */
export function answerOldButton(scene: Scene, why: 'old' | 'foreign'): Card {
  const { voice } = scene;
  return aCard({
    title: headline(voice.plain('answers:decide.closed_title')),
    summary: headline(voice.plain(`answers:press.${why}`)),
    body: [
      voice.t(`answers:press.${why}`),
      ...(why === 'old' ? [voice.t('answers:press.old_hint', { command: typed(scene, 'decide') })] : []),
    ],
    actions:
      why === 'old' ? button(scene, 'list', ['all', '1'], { label: voice.plain('common:btn.list') }) : [],
  });
}
