// A hook of Node's module loader for tfjs-core, whose modules are written for bundlers: a relative import without an
// extension is a .js file and an ES module. Other packages are not affected.

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
}
interface Context {
  readonly parentURL?: string;
}

/** Resolves an import. Node calls it after `register` in backend.ts. */
export async function resolve(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  const isInside = context.parentURL?.includes('/@tensorflow/tfjs-core/dist/') ?? false;
  if (isInside && specifier.startsWith('.')) {
    const found = await next(specifier.endsWith('.js') ? specifier : `${specifier}.js`, context);
    return { ...found, format: 'module' };
  }
  const found = await next(specifier, context);
  const isFirst = found.url.endsWith('/@tensorflow/tfjs-core/dist/register_all_gradients.js');
  return isFirst ? { ...found, format: 'module' } : found;
}
