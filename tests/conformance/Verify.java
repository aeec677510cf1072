// Verifies XML signatures with javax.xml.crypto.dsig, which shares no code with libxml2, OpenSSL or this project.
//
// Run by the source launcher: java Verify.java QUESTIONS. Each line of the file is MESSAGE TAB CERTIFICATE TAB ELEMENT,
// where ELEMENT is the local name of the one element that carries the signature as a child. Each question gets one line
// on standard output: "accepted", or "refused: " and why. Only the key of the certificate counts, never KeyInfo.

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

public final class Verify {
    private static final String DSIG = XMLSignature.XMLNS;

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] question = line.split("\t");
            System.out.println(answer(Path.of(question[0]), Path.of(question[1]), question[2]));
        }
    }

    private static String answer(Path message, Path certificate, String element) {
        try {
            String refusal = refusal(parse(message), publicKey(certificate), element);
            return refusal == null ? "accepted" : "refused: " + refusal;
        } catch (Exception error) {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            return "refused: " + (error.getMessage() + " / " + cause.getMessage()).replaceAll("\\s+", " ");
        }
    }

    private static Document parse(Path message) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var builder = factory.newDocumentBuilder();
        builder.setErrorHandler(null);
        try (InputStream input = Files.newInputStream(message)) {
            return builder.parse(input);
        }
    }

    private static PublicKey publicKey(Path certificate) throws Exception {
        try (InputStream input = Files.newInputStream(certificate)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(input).getPublicKey();
        }
    }

    /** Why the signature is not believed, or null. */
    private static String refusal(Document document, PublicKey key, String localName) throws Exception {
        NodeList elements = document.getElementsByTagNameNS("*", localName);
        if (elements.getLength() != 1) {
            return elements.getLength() + " elements named " + localName;
        }
        Element signed = (Element) elements.item(0);
        Element signature = signatureOf(signed);
        if (signature == null) {
            return "no signature on " + localName;
        }
        DOMValidateContext context = new DOMValidateContext(key, signature);
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        context.setIdAttributeNS(signed, null, "ID");
        XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        List<Reference> references = read.getSignedInfo().getReferences();
        if (references.size() != 1 || !references.get(0).getURI().equals("#" + signed.getAttribute("ID"))) {
            return "the reference is not to " + localName;
        }
        if (!read.getSignatureValue().validate(context)) {
            return "the signature value does not match";
        }
        if (!references.get(0).validate(context)) {
            return "the digest does not match";
        }
        return read.validate(context) ? null : "not valid";
    }

    private static Element signatureOf(Element signed) {
        for (Node child = signed.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (DSIG.equals(child.getNamespaceURI()) && "Signature".equals(child.getLocalName())) {
                return (Element) child;
            }
        }
        return null;
    }
}
