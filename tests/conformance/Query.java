// Verifies and signs queries of the HTTP-Redirect binding (saml-bindings 3.4.4.1) with java.security, which shares no code
// with OpenSSL or this project.
//
// Run by the source launcher: java Query.java QUESTIONS. Each line of the file is
//   verify TAB QUERY TAB CERTIFICATE: answered by "accepted", or "refused: " and why;
//   sign TAB QUERY TAB KEY, the key as PKCS#8: answered by QUERY with SigAlg and Signature behind it, escaped as .NET does.

import java.io.InputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

public final class Query {
    private static final Map<String, String> ALGORITHMS = Map.of(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "SHA256withRSA",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "SHA1withRSA");
    private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] question = line.split("\t");
            Path file = Path.of(question[2]);
            System.out.println(question[0].equals("sign") ? sign(question[1], file) : verdict(question[1], file));
        }
    }

    private static String verdict(String query, Path certificate) {
        try {
            return verifies(query, certificate) ? "accepted" : "refused: the signature does not match";
        } catch (Exception error) {
            return "refused: " + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
        }
    }

    /** Every parameter as it is spelt; of a name that comes twice the last counts. */
    private static boolean verifies(String query, Path certificate) throws Exception {
        Map<String, String> raw = new HashMap<>();
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            raw.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        String message = raw.containsKey("SAMLRequest") ? "SAMLRequest" : "SAMLResponse";
        String signed = message + "=" + raw.get(message);
        if (raw.containsKey("RelayState")) {
            signed += "&RelayState=" + raw.get("RelayState");
        }
        signed += "&SigAlg=" + raw.get("SigAlg");
        Signature signature = Signature.getInstance(ALGORITHMS.get(decoded(raw.get("SigAlg"))));
        signature.initVerify(publicKey(certificate));
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signature.verify(Base64.getDecoder().decode(decoded(raw.get("Signature"))));
    }

    private static String sign(String query, Path key) throws Exception {
        String signed = query + "&SigAlg=" + escaped(RSA_SHA256);
        Signature signature = Signature.getInstance(ALGORITHMS.get(RSA_SHA256));
        signature.initSign(privateKey(key));
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "&Signature=" + escaped(Base64.getEncoder().encodeToString(signature.sign()));
    }

    private static String decoded(String value) {
        return URLDecoder.decode(value, StandardCharsets.UTF_8);
    }

    /** HttpUtility.UrlEncode of .NET: a space is a plus, and escapes are in lower case. */
    private static String escaped(String value) {
        String upper = URLEncoder.encode(value, StandardCharsets.UTF_8);
        return Pattern.compile("%..").matcher(upper).replaceAll(escape -> escape.group().toLowerCase());
    }

    private static PublicKey publicKey(Path certificate) throws Exception {
        try (InputStream input = Files.newInputStream(certificate)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(input).getPublicKey();
        }
    }

    private static PrivateKey privateKey(Path key) throws Exception {
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(key)));
    }
}
