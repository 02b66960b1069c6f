// A training of a classifier from one plan that holds the network's values and the trainer's.

import type { ModelPlan } from '#lib/model/program.js';
import { type ClassifierInputs, classify } from '#lib/objectives/classify.js';
import { type TrainerInput, type TrainerPlan, type TrainingSnapshot, train } from '#lib/train/trainer.js';

export interface ClassifierPlan extends ModelPlan, TrainerPlan {}

type Input = Omit<TrainerInput<ClassifierInputs>, 'objective' | 'plan'> & { readonly plan: ClassifierPlan };

export async function trainClassifier(input: Input): Promise<TrainingSnapshot> {
  return train({ ...input, objective: classify(input.plan, input) });
}
