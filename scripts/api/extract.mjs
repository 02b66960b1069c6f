// Runs API Extractor over dist/index.d.ts: the public items with their doc comments, the API report, and the faults of
// the surface. It brings its own TypeScript, because the compiler of the project has no JavaScript interface.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ApiModel } from '@microsoft/api-extractor-model';

const require = createRequire(import.meta.resolve('@microsoft/api-extractor'));
const ts = require('typescript');

/**
 * Returns the public items by name, the text of the API report, a list of faults, and `expandType(name)`, which spells
 * out a type that is inferred from a schema.
 */
export function extractApi(root) {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/api-'));
  try {
    const faults = [];
    const entry = join(root, 'dist/index.d.ts');
    const { program } = Extractor.invoke(configFor(root, entry, folder), {
      localBuild: true,
      messageCallback(message) {
        message.handled = true;
        if (isFault(message)) faults.push(`${message.formatMessageWithLocation(root)}`);
      },
    }).compilerState;
    const model = new ApiModel().loadPackage(join(folder, 'pqrst.api.json'));
    const items = new Map();
    for (const item of model.entryPoints[0].members) items.set(item.displayName, item);
    const report = readFileSync(join(folder, 'pqrst.api.md'), 'utf8').replaceAll('\r\n', '\n');
    return { items, report, faults, expandType: typeExpander(program, entry) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function configFor(root, entry, folder) {
  const level = (logLevel) => ({ default: { logLevel } });
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: 'pqrst',
        reportFolder: folder,
        reportTempFolder: join(folder, 'temp'),
      },
      docModel: { enabled: true, apiJsonFilePath: join(folder, 'pqrst.api.json') },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: level(ExtractorLogLevel.Error),
        extractorMessageReporting: {
          ...level(ExtractorLogLevel.Warning),
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: level(ExtractorLogLevel.None),
      },
    },
  });
}

/**
 * A schema or a list of words from which a type is inferred has a name that begins in lower case. It may stay private:
 * the page shows the type itself.
 */
function isFault({ messageId, text, logLevel }) {
  if (messageId === 'ae-forgotten-export') return !/^The symbol "[a-z]/.test(text);
  return (
    logLevel === ExtractorLogLevel.Error ||
    (messageId?.startsWith('ae-') && logLevel === ExtractorLogLevel.Warning)
  );
}

function typeExpander(program, entry) {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file));
  const symbols = new Map(exported.map((symbol) => [symbol.name, symbol]));
  const { NoTruncation, InTypeAlias, MultilineObjectLiterals } = ts.NodeBuilderFlags;
  const printer = ts.createPrinter({ removeComments: true });
  const textOf = (type) => {
    const node = checker.typeToTypeNode(type, file, NoTruncation | InTypeAlias | MultilineObjectLiterals);
    return printer.printNode(ts.EmitHint.Unspecified, node, file).replaceAll(/\bimport\("[^"]*"\)\./g, '');
  };
  const textOfProperty = (property) => {
    const optional = property.flags & ts.SymbolFlags.Optional ? '?' : '';
    const text = textOf(checker.getTypeOfSymbol(property)).replace(optional && / \| undefined$/, '');
    return `    ${property.name}${optional}: ${text.replaceAll('\n', '\n    ')};`;
  };
  return (name) => {
    const symbol = symbols.get(name);
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const type = checker.getDeclaredTypeOfSymbol(target);
    const isObject = (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
    if (!isObject) return textOf(type);
    return `{\n${checker.getPropertiesOfType(type).map(textOfProperty).join('\n')}\n}`;
  };
}
