package io.yardmaster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each kind of break is found, and told in words; what is only added is not one. */
class BreakingChangesTest {

    private static final String RELEASED = """
        servers: [{url: /api/v1}]
        paths:
          /boxes:
            get:
              operationId: listBoxes
              tags: [boxes]
              x-required-scope: ['boxes:read']
              parameters:
                - {name: colour, in: query, schema: {$ref: '#/components/schemas/Colour'}}
                - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 10}}
              responses:
                '200':
                  headers: {Link: {schema: {type: string}}}
                  content:
                    application/json: {schema: {$ref: '#/components/schemas/BoxPage'}}
                    text/event-stream:
                      schema: {type: string}
                      x-item-schema: {$ref: '#/components/schemas/Box'}
                default:
                  content: {application/problem+json: {schema: {type: object}}}
            post:
              operationId: createBox
              tags: [boxes]
              x-required-scope: ['boxes:write']
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/BoxRequest'}}
              responses:
                '201':
                  content: {application/json: {schema: {$ref: '#/components/schemas/Box'}}}
          /health:
            get:
              operationId: getHealth
              tags: [system]
              x-public: true
              responses:
                '200': {description: Well.}
        components:
          schemas:
            Colour: {type: string, enum: [red, green]}
            BoxPage:
              type: object
              required: [boxes]
              properties:
                boxes: {type: array, maxItems: 100, items: {$ref: '#/components/schemas/Box'}}
            Box:
              type: object
              required: [id, colour]
              properties:
                id: {type: string, maxLength: 64, pattern: '^box_'}
                colour: {$ref: '#/components/schemas/Colour'}
                weight: {type: number, minimum: 0, maximum: 50}
                inner: {$ref: '#/components/schemas/Box'}
            BoxRequest:
              type: object
              additionalProperties: false
              required: [colour]
              properties:
                colour: {$ref: '#/components/schemas/Colour'}
                label: {type: string, minLength: 1, maxLength: 20}
                weight: {type: integer, maximum: 50}
                labels: {type: object, additionalProperties: {type: string, maxLength: 10}}
        """;

    @Test
    void the_same_contract_breaks_nothing() {
        assertThat(after(text -> text)).isEmpty();
    }

    @Test
    void what_is_called_must_stay() {
        assertThat(replacing("/health:", "/wellness:")).containsExactly("get /health is gone");
        assertThat(replacing("post:", "put:")).containsExactly("post /boxes is gone");
        assertThat(replacing("listBoxes", "getBoxes"))
                .containsExactly(
                        "get /boxes: its operationId, a method's name in clients, is getBoxes and was listBoxes");
        assertThat(replacing("tags: [system]", "tags: [server]"))
                .containsExactly("get /health: its tag, a class's name in clients, is server and was system");
        assertThat(replacing("url: /api/v1", "url: /api/v2"))
                .containsExactly("all paths began with /api/v1 and begin with /api/v2");
    }

    @Test
    void who_may_call_must_still_be_able_to() {
        assertThat(replacing("'boxes:read'", "'boxes:admin'"))
                .containsExactly("get /boxes needs the scope boxes:admin and did not");
        assertThat(replacing("'boxes:read'", "'boxes:read', 'other:read'"))
                .containsExactly("get /boxes needs the scope other:read and did not");
        assertThat(replacing("x-public: true", "x-required-scope: []"))
                .containsExactly("get /health needs a token and did not");
    }

    @Test
    void what_is_sent_must_still_be_taken() {
        assertThat(replacing("name: colour, in: query,", "name: shade, in: query,"))
                .containsExactly("get /boxes: the query parameter colour is gone");
        assertThat(replacing("name: colour, in: query,", "name: colour, in: query, required: true,"))
                .containsExactly("get /boxes: the query parameter colour must be given and could be left out");
        assertThat(replacing(
                        "parameters:",
                        "parameters:\n        - {name: size, in: query, required: true, schema: {type: string}}"))
                .containsExactly("get /boxes: the query parameter size is new and must be given");
        assertThat(replacing("maximum: 100, default: 10", "maximum: 50, default: 10"))
                .containsExactly("get /boxes: the query parameter limit: maximum is 50 and was 100");
        assertThat(replacing("minimum: 1, maximum: 100", "minimum: 5, maximum: 100"))
                .containsExactly("get /boxes: the query parameter limit: minimum is 5 and was 1");
        assertThat(replacing("default: 10", "default: 20"))
                .containsExactly("get /boxes: the default of the query parameter limit is 20 and was 10");
        assertThat(replacing("requestBody:", "requestBody:\n        required: true"))
                .containsExactly("post /boxes body must be given and could be left out");
        assertThat(replacing(
                        "          application/json: {schema: {$ref: '#/components/schemas/BoxRequest'}}",
                        "          application/xml: {schema: {$ref: '#/components/schemas/BoxRequest'}}"))
                .containsExactly("post /boxes body is not taken as application/json any more");
        assertThat(replacing("label: {type: string", "name: {type: string"))
                .containsExactly("post /boxes body/label is gone");
        assertThat(replacing("required: [colour]", "required: [colour, label]"))
                .containsExactly("post /boxes body/label must be given and could be left out");
        assertThat(replacing(
                        "required: [colour]\n      properties:",
                        "required: [colour, size]\n      properties:\n        size: {type: integer}"))
                .containsExactly("post /boxes body/size is new and must be given");
        assertThat(replacing("maxLength: 20", "maxLength: 10"))
                .containsExactly("post /boxes body/label: maxLength is 10 and was 20");
        assertThat(replacing("maxLength: 20", "maxLength: 20, pattern: '^x'"))
                .containsExactly("post /boxes body/label: pattern is \"^x\" and was absent");
        assertThat(replacing("labels: {type: object,", "labels: {type: object, propertyNames: {pattern: '^x'},"))
                .containsExactly("post /boxes body/labels: a property's name: pattern is \"^x\" and was absent");
        assertThat(replacing("weight: {type: integer, maximum: 50}", "weight: {type: string}"))
                .containsExactly("post /boxes body/weight is of type string and was of type integer");
        assertThat(replacing(
                        "additionalProperties: {type: string, maxLength: 10}",
                        "additionalProperties: {type: string, maxLength: 5}"))
                .containsExactly("post /boxes body/labels/*: maxLength is 5 and was 10");
        assertThat(replacing(
                        "labels: {type: object, additionalProperties: {type: string, maxLength: 10}}",
                        "labels: {type: object, additionalProperties: false}"))
                .containsExactly("post /boxes body/labels takes no further properties and did");
        assertThat(replacing("label: {type: string, minLength", "label: {type: string, enum: [a, b], minLength"))
                .hasSize(1)
                .first()
                .asString()
                .contains("post /boxes body/label must be one of");
    }

    @Test
    void what_is_read_must_still_be_understood() {
        assertThat(replacing("    '201':", "    '202':")).containsExactly("post /boxes: the answer 201 is gone");
        assertThat(replacing("headers: {Link", "headers: {Links"))
                .containsExactly("get /boxes 200: the header Link is gone");
        assertThat(replacing("text/event-stream:", "text/plain:"))
                .containsExactly("get /boxes 200 is not given as text/event-stream any more");
        assertThat(replacing("            application/json: {schema: {$ref: '#/components/schemas/BoxPage'}}", """
                        text/plain: {schema: {type: string}}
                        application/json: {schema: {$ref: '#/components/schemas/BoxPage'}}\
            """))
                .hasSize(1)
                .first()
                .asString()
                .contains("text/plain comes first");
        assertThat(replacing("weight: {type: number", "mass: {type: number"))
                .containsExactly(
                        "get /boxes 200/boxes/*/weight is gone",
                        "get /boxes 200 items/weight is gone",
                        "post /boxes 201/weight is gone");
        assertThat(replacing("required: [boxes]", "required: []"))
                .containsExactly("get /boxes 200/boxes can be absent and was always there");
        assertThat(replacing("maxItems: 100", "maxItems: 1000"))
                .containsExactly("get /boxes 200/boxes: maxItems is 1000 and was 100");
        assertThat(replacing("minimum: 0, maximum: 50", "minimum: -1, maximum: 50"))
                .contains("post /boxes 201/weight: minimum is -1 and was 0");
        assertThat(replacing("maxLength: 64, pattern: '^box_'", "maxLength: 64"))
                .contains("post /boxes 201/id: pattern is absent and was \"^box_\"");
        assertThat(after(text -> text.replace("BoxPage", "Boxes")))
                .containsExactly("get /boxes 200: its type, a class's name in clients, is Boxes and was BoxPage");
    }

    @Test
    void a_word_that_is_gone_breaks_who_sends_it_and_a_new_one_who_reads_it() {
        assertThat(replacing("enum: [red, green]", "enum: [red]"))
                .containsExactly(
                        "get /boxes: the query parameter colour cannot be green any more",
                        "post /boxes body/colour cannot be green any more");
        assertThat(replacing("enum: [red, green]", "enum: [red, green, blue]"))
                .containsExactly(
                        "get /boxes 200/boxes/*/colour can be blue, which clients do not know",
                        "get /boxes 200 items/colour can be blue, which clients do not know",
                        "post /boxes 201/colour can be blue, which clients do not know");
        assertThat(replacing("enum: [red, green]", "enum: [red, green, blue], x-extensible-enum: true"))
                .isEmpty();
    }

    @Test
    void what_is_only_added_breaks_nothing() {
        assertThat(replacing("  /health:", """
              /crates:
                get: {operationId: listCrates, tags: [crates], responses: {'200': {description: All.}}}
              /health:\
            """)).isEmpty();
        assertThat(replacing("    post:", """
                delete: {operationId: deleteBoxes, tags: [boxes], responses: {'204': {description: Gone.}}}
                post:\
            """)).isEmpty();
        assertThat(replacing("parameters:", "parameters:\n        - {name: size, in: query, schema: {type: string}}"))
                .isEmpty();
        assertThat(replacing("label: {type", "note: {type: string}\n        label: {type"))
                .isEmpty();
        assertThat(replacing("weight: {type: number", "height: {type: number}\n        weight: {type: number"))
                .isEmpty();
        assertThat(replacing("maxLength: 20", "maxLength: 40")).isEmpty();
        assertThat(replacing("minLength: 1, maxLength: 20", "maxLength: 20")).isEmpty();
        assertThat(replacing("maximum: 100, default: 10", "maximum: 1000, default: 10"))
                .isEmpty();
        assertThat(replacing("weight: {type: integer, maximum: 50}", "weight: {type: number, maximum: 60}"))
                .isEmpty();
        assertThat(replacing("minimum: 0, maximum: 50", "minimum: 1, maximum: 40"))
                .isEmpty();
        assertThat(replacing("required: [id, colour]", "required: [id, colour, weight]"))
                .isEmpty();
        assertThat(replacing("x-required-scope: ['boxes:read']", "x-public: true"))
                .isEmpty();
        assertThat(replacing("    default:", "    '404': {description: None.}\n        default:"))
                .isEmpty();
        assertThat(replacing(
                        "        text/event-stream:",
                        "        text/plain: {schema: {type: string}}\n            text/event-stream:"))
                .isEmpty();
    }

    private static List<String> replacing(String text, String by) {
        assertThat(RELEASED).contains(text);
        return after(contract -> contract.replace(text, by));
    }

    private static List<String> after(Function<String, String> change) {
        return BreakingChanges.between(read(RELEASED), read(change.apply(RELEASED)));
    }

    private static BundledContract read(String yaml) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return new BundledContract(JsonMapper.shared().<JsonNode>valueToTree(tree));
    }
}
