import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Verifies an event by the Standard Webhooks form: java VerifyWebhook.java SECRET ID TIMESTAMP SIGNATURE < body */
public class VerifyWebhook {
    static boolean verify(String secret, String id, String timestamp, String signatures, byte[] body) throws Exception {
        if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > 300) return false;
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.replaceFirst("^whsec_", "")), "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        var wanted = mac.doFinal(body);
        // While a secret is exchanged there are two signatures.
        for (var part : signatures.split(" ")) {
            if (part.startsWith("v1,") && MessageDigest.isEqual(wanted, Base64.getDecoder().decode(part.substring(3)))) return true;
        }
        return false;
    }

    public static void main(String[] given) throws Exception {
        var valid = verify(given[0], given[1], given[2], given[3], System.in.readAllBytes());
        System.out.println(valid ? "valid" : "forged or too old");
        System.exit(valid ? 0 : 1);
    }
}
