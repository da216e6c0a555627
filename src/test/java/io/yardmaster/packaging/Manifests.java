package io.yardmaster.packaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rendered manifests, read into the types of the Kubernetes API; a field that those do not have is an error. */
final class Manifests {

    private static final Map<String, Class<? extends HasMetadata>> TYPES = Map.of(
            "v1/ConfigMap", ConfigMap.class,
            "v1/Service", Service.class,
            "apps/v1/StatefulSet", StatefulSet.class,
            "networking.k8s.io/v1/Ingress", Ingress.class,
            "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
            "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class);

    /** The types collect unknown fields in a map, unless they are not told of it. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            })
            .build();

    private final List<HasMetadata> typed = new ArrayList<>();
    private final List<Map<String, Object>> others = new ArrayList<>();

    static Manifests read(String rendered) {
        Manifests manifests = new Manifests();
        Set<String> names = new HashSet<>();
        for (Map<String, Object> document : Yaml.readAll(rendered)) {
            String kind = document.get("apiVersion") + "/" + document.get("kind");
            String name = kind + " " + Yaml.map(document, "metadata").get("name");
            if (!names.add(name)) {
                throw new AssertionError("there are two of " + name);
            }
            Class<? extends HasMetadata> type = TYPES.get(kind);
            if (type == null) {
                manifests.others.add(document);
            } else {
                manifests.typed.add(convert(document, type));
            }
        }
        return manifests;
    }

    private static HasMetadata convert(Map<String, Object> document, Class<? extends HasMetadata> type) {
        try {
            // By way of text, because converting trees would let types slip that a manifest has to have right.
            return MAPPER.readValue(MAPPER.writeValueAsString(document), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(type.getSimpleName() + ": " + e.getOriginalMessage() + "\n" + document, e);
        }
    }

    /** All manifests of a type. */
    <T extends HasMetadata> List<T> all(Class<T> type) {
        return typed.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The manifest of a type of which there is one. */
    <T extends HasMetadata> T one(Class<T> type) {
        List<T> found = all(type);
        if (found.size() != 1) {
            throw new AssertionError("there are " + found.size() + " of " + type.getSimpleName());
        }
        return found.getFirst();
    }

    /** A manifest of a type that Kubernetes itself does not have. */
    Optional<Map<String, Object>> other(String kind) {
        return others.stream()
                .filter(document -> kind.equals(document.get("kind")))
                .findFirst();
    }

    /** The kinds of all manifests. */
    List<String> kinds() {
        List<String> kinds =
                new ArrayList<>(typed.stream().map(HasMetadata::getKind).toList());
        others.forEach(document -> kinds.add((String) document.get("kind")));
        return kinds;
    }
}
