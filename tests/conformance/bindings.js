// Decodes what entrant put into addresses and forms, and encodes for it to decode, with Node's own zlib and URL.
//
// node bindings.js QUESTIONS: a JSON file {redirects: [url], posts: [value], messages: [{xml, relayState}]}. The answer on
// standard output is JSON {redirects: [{xml, relayState}], posts: [xml], queries: [query]}. Anything wrong ends it.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const zlib = require("node:zlib");

/** Buffer.from forgives much; what it read must be spelt as Node itself spells it. */
function base64(value) {
  const bytes = Buffer.from(value, "base64");
  assert.strictEqual(bytes.toString("base64"), value);
  return bytes;
}

const { redirects, posts, messages } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const answer = {
  redirects: redirects.map((url) => {
    const query = new URL(url).searchParams;
    const xml = zlib.inflateRawSync(base64(query.get("SAMLRequest"))).toString("utf8");
    return { xml, relayState: query.get("RelayState") };
  }),
  posts: posts.map((value) => base64(value).toString("utf8")),
  queries: messages.map(({ xml, relayState }) => {
    const SAMLRequest = zlib.deflateRawSync(xml).toString("base64");
    return new URLSearchParams({ SAMLRequest, RelayState: relayState }).toString();
  }),
};
console.log(JSON.stringify(answer));
