package io.yardmaster.packaging;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** YAML, read strictly: YAML 1.2, no key twice. */
final class Yaml {

    private Yaml() {}

    static Map<String, Object> read(String text) {
        return map(new Load(settings()).loadFromString(text));
    }

    /** All documents of a stream that are not empty. */
    static List<Map<String, Object>> readAll(String text) {
        return StreamSupport.stream(new Load(settings()).loadAllFromString(text).spliterator(), false)
                .flatMap(document -> Optional.ofNullable(document).stream())
                .map(Yaml::map)
                .toList();
    }

    /** What lies at a path of keys, as a map; empty where there is nothing. */
    static Map<String, Object> map(Object tree, String... path) {
        Object found = tree;
        for (String key : path) {
            found = found instanceof Map<?, ?> map && map.get(key) != null ? map.get(key) : Map.of();
        }
        if (!(found instanceof Map<?, ?> map)) {
            throw new AssertionError(String.join(".", path) + " is no map: " + found);
        }
        return cast(map);
    }

    /** The list under a key; empty where there is none. */
    @SuppressWarnings("unchecked")
    static <T> List<T> list(Object tree, String key) {
        Object found = map(tree).getOrDefault(key, List.of());
        if (!(found instanceof List<?> list)) {
            throw new AssertionError(key + " is no list: " + found);
        }
        return (List<T>) list;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> cast(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }

    private static LoadSettings settings() {
        return LoadSettings.builder().setAllowDuplicateKeys(false).build();
    }
}
