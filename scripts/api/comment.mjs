// Doc comments as Markdown.

/** Returns the Markdown of a section or another node of a doc comment. */
export function markdownOf(node) {
  if (node === undefined) return '';
  const inner = () => node.getChildNodes().map(markdownOf).join('');
  switch (node.kind) {
    case 'PlainText':
      return node.text.replaceAll('<', '&lt;');
    case 'SoftBreak':
      return '\n';
    case 'CodeSpan':
      return `\`${node.code}\``;
    case 'FencedCode':
      return `\`\`\`${node.language}\n${node.code.trimEnd()}\n\`\`\`\n\n`;
    case 'EscapedText':
      return node.decodedText;
    case 'ErrorText':
      return node.text;
    case 'LinkTag':
      return node.urlDestination === undefined
        ? `\`${node.linkText ?? node.codeDestination?.emitAsTsdoc() ?? ''}\``
        : `[${node.linkText ?? node.urlDestination}](${node.urlDestination})`;
    case 'Paragraph': {
      const lines = inner()
        .split('\n')
        .map((line) => line.replace(/[ \t]+/g, ' ').trim());
      // a table or a list keeps its lines; other text is one line
      const isBlock = lines.some((line) => /^(\||- )/.test(line));
      const text = lines.join(isBlock ? '\n' : ' ').trim();
      return text === '' ? '' : `${text}\n\n`;
    }
    default:
      return inner();
  }
}

/** Returns the parts of an item's doc comment as Markdown; empty texts and lists where it says nothing. */
export function commentOf(item) {
  const comment = item.tsdocComment;
  const blocks = (tag) =>
    (comment?.customBlocks ?? [])
      .filter(({ blockTag }) => blockTag.tagName === tag)
      .map(({ content }) => markdownOf(content).trim());
  const parameters = (comment?.params.blocks ?? []).map(({ parameterName, content }) => [
    parameterName,
    markdownOf(content).trim(),
  ]);
  const summary = [comment?.summarySection, comment?.remarksBlock?.content].map(markdownOf).join('').trim();
  return {
    // API Extractor gives a constructor without a comment this one
    summary: summary.startsWith('Constructs a new instance of the') ? '' : summary,
    parameters: new Map(parameters),
    returns: markdownOf(comment?.returnsBlock?.content).trim(),
    examples: blocks('@example'),
    throws: blocks('@throws'),
    see: (comment?._seeBlocks ?? []).map(({ content }) => markdownOf(content).trim()),
  };
}
