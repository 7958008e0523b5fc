import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.regex.Pattern;

/** Connects a system, asks how it is, sends a request through it. Java 17, one file: KEY=… JUNCTIONBOX=… java Quickstart.java */
public class Quickstart {
    static final String BASE = System.getenv("JUNCTIONBOX");
    static final String KEY = System.getenv("KEY");
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static HttpResponse<String> api(String method, String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(BASE + path)).header("Authorization", "Bearer " + KEY);
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            // The same key with a repeated request: what was made once is not made twice.
            request.header("Content-Type", "application/json").header("Idempotency-Key", "\"" + UUID.randomUUID() + "\"")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A text field of a flat answer; a program of yours has a JSON library. */
    static String field(HttpResponse<String> answer, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(answer.body());
        if (!found.find()) throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        return found.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        var customer = field(api("POST", "/api/v1/customers", "{\"name\":\"Hohenfels Maschinenbau\"}"), "id");
        var connection = field(api("POST", "/api/v1/connections", "{\"customer_id\":\"" + customer
            + "\",\"system\":\"sandbox\",\"hosting\":\"cloud\",\"base_url\":\"https://sandbox.example\",\"auth\":{\"scheme\":\"none\"}}"), "id");
        var path = "/api/v1/connections/" + connection;
        System.out.println("connected: " + connection);
        System.out.println("answered: " + api("GET", path + "/proxy/orders?top=1", null).body());
        api("POST", path + "/simulate", "{\"status\":\"reauthorization_required\"}");
        var refused = api("GET", path + "/proxy/orders", null);
        if (refused.statusCode() != 424) throw new IllegalStateException(refused.body());
        System.out.println("the customer signs in again at: " + field(refused, "reconnect_url"));
        api("POST", path + "/simulate", "{\"status\":\"active\"}");
        System.out.println("status: " + field(api("GET", path + "/status", null), "status"));
    }
}
