import { modelDefinitionSchema, type ModelDefinition } from '../../../src/domain/modelDefinition.js';
import { lateness } from '../../support/registry.js';

/** A definition whose policies are the library's defaults, for decisions to be judged by. */
export const definition: ModelDefinition = modelDefinitionSchema.parse(lateness);
