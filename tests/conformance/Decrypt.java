// Decrypts XML Encryption with the JDK's own XML parser and ciphers, which share no code with libxml2, OpenSSL or this
// project. The JDK has no XML Encryption; what the algorithms mean is spelt out here after xmlenc-core1 once more.
//
// Run by the source launcher: java Decrypt.java QUESTIONS. Each line of the file is MESSAGE TAB KEY, where KEY is a
// private key in PKCS#8 DER. Each question gets one line on standard output: "decrypted: " and the plaintext in base64, or
// "refused: " and why.

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

public final class Decrypt {
    private static final String XENC = "http://www.w3.org/2001/04/xmlenc#";
    private static final String XENC11 = "http://www.w3.org/2009/xmlenc11#";
    private static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] question = line.split("\t");
            System.out.println(answer(Path.of(question[0]), Path.of(question[1])));
        }
    }

    private static String answer(Path message, Path key) {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            Document document = factory.newDocumentBuilder().parse(message.toFile());
            Element data = only(document.getDocumentElement(), XENC, "EncryptedData");
            var spec = new PKCS8EncodedKeySpec(Files.readAllBytes(key));
            byte[] sessionKey = sessionKey(only(data, XENC, "EncryptedKey"), KeyFactory.getInstance("RSA").generatePrivate(spec));
            return "decrypted: " + Base64.getEncoder().encodeToString(plaintext(data, sessionKey));
        } catch (Exception error) {
            return "refused: " + String.valueOf(error).replaceAll("\\s+", " ");
        }
    }

    private static byte[] sessionKey(Element key, PrivateKey with) throws Exception {
        Element method = child(key, XENC, "EncryptionMethod");
        Cipher cipher;
        switch (method.getAttribute("Algorithm")) {
            case XENC + "rsa-1_5":
                cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
                cipher.init(Cipher.DECRYPT_MODE, with);
                break;
            case XENC + "rsa-oaep-mgf1p":
            case XENC11 + "rsa-oaep":
                Element mgf = child(method, XENC11, "MGF");
                var oaep = new OAEPParameterSpec(
                    hash(child(method, DSIG, "DigestMethod")),
                    "MGF1",
                    new MGF1ParameterSpec(mgf == null ? "SHA-1" : hash(mgf)),
                    PSource.PSpecified.DEFAULT);
                cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
                cipher.init(Cipher.DECRYPT_MODE, with, oaep);
                break;
            default:
                throw new IllegalArgumentException("key transport");
        }
        return cipher.doFinal(octets(key));
    }

    private static String hash(Element method) {
        switch (method.getAttribute("Algorithm")) {
            case DSIG + "sha1":
                return "SHA-1";
            case XENC + "sha256":
            case XENC11 + "mgf1sha256":
                return "SHA-256";
            default:
                throw new IllegalArgumentException("hash");
        }
    }

    private static byte[] plaintext(Element data, byte[] sessionKey) throws Exception {
        byte[] octets = octets(data);
        var key = new SecretKeySpec(sessionKey, "AES");
        String algorithm = child(data, XENC, "EncryptionMethod").getAttribute("Algorithm");
        String bits = String.valueOf(8 * sessionKey.length);
        if (algorithm.equals(XENC11 + "aes" + bits + "-gcm")) {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, octets, 0, 12));
            return cipher.doFinal(octets, 12, octets.length - 12);
        }
        if (algorithm.equals(XENC + "aes" + bits + "-cbc")) {
            Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(octets, 0, 16));
            byte[] padded = cipher.doFinal(octets, 16, octets.length - 16);
            return Arrays.copyOf(padded, padded.length - padded[padded.length - 1]);
        }
        throw new IllegalArgumentException("data");
    }

    private static byte[] octets(Element encrypted) {
        Element value = child(child(encrypted, XENC, "CipherData"), XENC, "CipherValue");
        return Base64.getMimeDecoder().decode(value.getTextContent());
    }

    private static Element only(Element around, String namespace, String name) {
        var found = around.getElementsByTagNameNS(namespace, name);
        if (found.getLength() != 1) {
            throw new IllegalArgumentException(found.getLength() + " elements named " + name);
        }
        return (Element) found.item(0);
    }

    private static Element child(Element parent, String namespace, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (namespace.equals(node.getNamespaceURI()) && name.equals(node.getLocalName())) {
                return (Element) node;
            }
        }
        return null;
    }
}
