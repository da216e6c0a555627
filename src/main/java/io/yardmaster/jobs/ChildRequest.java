package io.yardmaster.jobs;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run that a step of another run starts.
 *
 * @param source where the job is
 * @param args as the step gives them; not checked yet
 * @param bound in which versions the other run runs jobs; this one among them
 * @param securityProfile of the other run; this one's is no looser
 */
public record ChildRequest(
        JobId jobId, String source, ObjectNode args, List<CalledJob> bound, SecurityProfile securityProfile) {}
