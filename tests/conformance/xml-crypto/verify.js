// Verifies XML signatures with xml-crypto, the library below node-saml and passport-saml.
//
// node verify.js QUESTIONS. Each line of the file is MESSAGE TAB CERTIFICATE TAB ELEMENT, where ELEMENT is the local name
// of the one element that carries the signature as a child. Each question gets one line on standard output: "accepted",
// or "refused: " and why. Only the key of the certificate counts, never KeyInfo.
"use strict";

const fs = require("node:fs");
const { DOMParser } = require("@xmldom/xmldom");
const xpath = require("xpath");
const { SignedXml } = require("xml-crypto");

const DSIG = "http://www.w3.org/2000/09/xmldsig#";

function parse(xml) {
  const refuse = (message) => {
    throw new Error(message);
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  return new DOMParser({ errorHandler }).parseFromString(xml, "text/xml");
}

function verify(xml, certificate, element) {
  const document = parse(xml);
  const elements = xpath.select(`//*[local-name(.)='${element}']`, document);
  if (elements.length !== 1) throw new Error(`${elements.length} elements named ${element}`);
  const [signed] = elements;
  const signatures = xpath.select(`./*[local-name(.)='Signature' and namespace-uri(.)='${DSIG}']`, signed);
  if (signatures.length !== 1) throw new Error(`${signatures.length} signatures on ${element}`);

  const signature = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null });
  signature.loadSignature(signatures[0]);
  if (!signature.checkSignature(xml)) throw new Error("the signature value does not match");
  const references = signature.getSignedReferences();
  if (references.length !== 1) throw new Error(`${references.length} references`);
  const digested = parse(references[0]).documentElement;
  if (digested.localName !== element || digested.getAttribute("ID") !== signed.getAttribute("ID")) {
    throw new Error(`the reference is not to ${element}`);
  }
}

for (const line of fs.readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const [message, certificate, element] = line.split("\t");
  try {
    verify(fs.readFileSync(message, "utf8"), fs.readFileSync(certificate, "utf8"), element);
    console.log("accepted");
  } catch (error) {
    console.log(`refused: ${String(error.message ?? error).replace(/\s+/g, " ")}`);
  }
}
