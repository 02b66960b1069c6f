// The program of a graph whose weights are constants, as the file of a generator has it.

import type { Engine, Program } from '#lib/engine/engine.js';
import type { Graph } from '#lib/graph/graph.js';
import { simplifyGraph } from '#lib/model/export.js';
import { toProgram } from '#lib/model/program.js';

/** Returns a simplified graph as a program without state. */
export async function frozen(graph: Graph, engine: Engine): Promise<Program> {
  return toProgram(await simplifyGraph(graph, engine), []);
}
