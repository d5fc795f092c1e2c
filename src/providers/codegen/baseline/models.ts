import type { ModelWriter } from './model-code.ts';
import { boostingModels } from './models-boosting.ts';
import { tabularModels } from './models-tabular.ts';
import { textModels } from './models-text.ts';

/** Every model that the baseline can write, by the `kind` that an approach names. */
export const modelCatalog: Readonly<Record<string, ModelWriter>> = {
  ...boostingModels,
  ...tabularModels,
  ...textModels,
};
